# SPDX-License-Identifier: GPL-2.0
# Lab @LAB@: read task.md, work on lab@LAB@.c.

KERNEL ?= @KERNEL@

.PHONY: grade shell build help
grade:		# builds lab@LAB@.c, runs it, says what works and what does not
	@labs/grade --kernel '$(KERNEL)' @LAB@ lab@LAB@.c

build:		# only builds it
	@labs/grade --kernel '$(KERNEL)' --build @LAB@ lab@LAB@.c

shell: build	# a root shell in the virtual machine: insmod /share/lab@LAB@.ko
	@vm/run --kernel '$(KERNEL)' --tty --timeout 0 --wedge 0 \
		--share-ro out/labs/lab@LAB@ -- /usr/lib/lab/shell

help:
	@sed -n 's/^\([a-z]*\):.*# /  make \1	/p' Makefile
