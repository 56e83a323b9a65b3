# SPDX-License-Identifier: GPL-2.0
#
# Every action that a user needs is one of these targets.

# Two targets that run at the same time would share VMs, processors and the build. Two make processes
# wait for each other if they need the same results folder.
.NOTPARALLEL:

# ARCH chooses the processor of the VMs. The scripts read it from the environment. With KDIR it is kbuild's ARCH.
arch := $(patsubst aarch64,arm64,$(or $(ARCH),$(shell uname -m)))
kernels := $(shell awk -v arch='$(arch)' '!/^\#/ && $$2 == arch { print $$1 }' vm/kernels)
ifndef KERNEL
KERNEL := $(firstword $(kernels))
endif
ifndef KDIR
ifeq ($(kernels),)
archs := $(shell awk '!/^\#/ && NF && !seen[$$2]++ { print $$2 }' vm/kernels)
$(error no architecture is called '$(arch)': ARCH= is one of $(archs))
endif
x86_only := demo-rt cost-napi measure measure-check measure-host bench bench-check bench-host docs-check pictures \
	litmus-run handout grade grade-all labs-test report-check check cache-export
ifneq ($(arch),x86_64)
ifneq ($(filter $(x86_only),$(MAKECMDGOALS)),)
$(error make $(firstword $(filter $(x86_only),$(MAKECMDGOALS))) runs for x86_64 only so far, not with ARCH=$(arch))
endif
endif
endif
cache := $(or $(BH_CACHE),$(XDG_CACHE_HOME),$(HOME)/.cache)/bottom-halves

.PHONY: help help-all hello setup modules modules_install modules_uninstall demo demo-softirq demo-tasklet demo-workqueue \
	demo-threaded-irq demo-napi demo-rt cost-napi measure measure-check measure-host \
	bench bench-check bench-host test test-napi \
	litmus litmus-run pairs pair explain lint docs-check stress check shell trace test-trace report-check \
	labs-test grade grade-all handout cache-export cache-import clean distclean pictures drawings book

.DEFAULT_GOAL := help

help:
	@echo 'Bottom halves of Linux interrupt handlers: modules that run, in a throw-away VM.'
	@echo
	@echo '  to see      make hello              two minutes: an interrupt, a tasklet, a work item, a picture'
	@echo '              make demo               a guided run of all lessons, with a report. One lesson: demo-softirq,'
	@echo '                                      demo-tasklet, demo-workqueue, demo-threaded-irq, demo-napi'
	@echo '              make demo-tasklet STEP=1     it stops at each step, and asks for guesses'
	@echo '              make demo-rt            shows what PREEMPT_RT changes'
	@echo '              make trace              lists questions that a recording answers, with a picture'
	@echo '              make pair PAIR=NAME     shows one bug: what the kernel says about it, and what that means'
	@echo '              make shell              a root shell in the VM, with the modules and the tracing tools'
	@echo '  to read     make book               a web site made of the READMEs and docs/. Its search works offline'
	@echo '  to test     make test               runs all selftests. test-napi: those of the network driver,'
	@echo '                                      test-trace: those of the tracing'
	@echo '              make pairs              tests that every bug shows itself, and that every fix is silent'
	@echo '              make check              checks the sources: style, compilers, tests of the scripts'
	@echo '  to measure  make measure            counts the instructions of each mechanism. cost-napi: those of a frame'
	@echo '  to teach    make handout LAB= LEVEL=     makes an exercise, with more (LEVEL=1) or less (3) help'
	@echo '              make grade LAB= FILE=        grades a solution. grade-all DIR=: those of a whole class'
	@echo '  own driver  make explain LOG=FILE   tells what the reports in a kernel log mean, and what fixes them'
	@echo '              make lint FILE=DRIVER.c tells what the source does wrong, and where that is explained'
	@echo '              make litmus             checks memory orderings with the kernel'"'"'s memory model'
	@echo
	@echo 'KERNEL=NAME chooses the kernel: $(kernels)'
	@echo '(the first is the default). ARCH=arm64 emulates that processor. What is needed is fetched at first use.'
	@echo 'make help-all: every target.'

help-all: help
	@echo
	@echo '  the rest    make pairs SHARED=1     tests all fixed modules and the harmless broken ones, in two VMs'
	@echo '              make litmus-run         runs two of the litmus tests as kernel modules in the VM'
	@echo '              make report-check       checks that the report of make demo is complete, also in a browser'
	@echo '              make docs-check         repeats what the READMEs show on 6.12, and compares'
	@echo '              make stress             loads and unloads all modules 200 times while they are used'
	@echo '              make labs-test          tests the labs: solutions, starters, mutants'
	@echo '              make pictures           records the pictures in the READMEs again'
	@echo '              make drawings           draws the figures in the READMEs again, from docs/pictures/*.dot'
	@echo '              make measure-check      runs the latency benchmark, and compares with measure/figures/'
	@echo '              make measure-host       runs the latency benchmark on the running kernel, as root: not exact'
	@echo '              make grade-all DIR= [LAB=]     grades the submissions of a whole class'
	@echo '              make modules            only builds. With KDIR=...: for your own kernel tree'
	@echo '              make modules_install KDIR=...  installs the correct ones below /lib/modules.'
	@echo '                                      modules_uninstall removes them'
	@echo '              make setup              only downloads and prepares what the VM needs'
	@echo '              make cache-export FILE= [KERNELS=]   packs that into one file, for computers'
	@echo '                                      without a network'
	@echo '              make cache-import FILE= unpacks such a file'
	@echo '              make clean              removes out/'
	@echo '              make distclean          removes the cache as well: $(cache)'
	@echo
	@echo 'KERNEL=all: runs demo, test, test-napi, pairs, measure or check on every kernel, and prints a table.'
	@echo 'ARCH=arm64 compiles for that processor and emulates it. It has its own kernels. For x86_64 only:'
	@echo '  $(wordlist 1,9,$(x86_only))'
	@echo '  $(wordlist 10,99,$(x86_only))'

setup:
	@vm/setup $(KERNEL)

# For computers without a network: export on one that has a network, import on the others.
cache-export:
	@vm/cache export '$(FILE)' $(KERNELS)

cache-import:
	@vm/cache import '$(FILE)'

# With KDIR: builds for that kernel tree, and leaves the modules beside the sources. Without KDIR: builds for
# the VM, in out/build/.
ifdef KDIR
modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# Installs neither the broken modules nor those of the tests and labs. kbuild installs every module of a
# folder, so the other modules are copied to a temporary folder, and kbuild installs that. In /lib/modules
# they are in the folder bottom-halves, which modules_uninstall removes. depmod is called here, because kbuild
# does not call it if the headers have no System.map. Debian's have none. CONFIG_MODULE_SIG_ALL is off, because
# kbuild would sign with a key that only the distribution has.
not_installed := (_broken|/test_[^/]*|/lab[0-9_][^/]*)\.k?o$$
installed = $(INSTALL_MOD_PATH)/lib/modules/$$release
release = release=$$(sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h')
depmod = PATH=$$PATH:/usr/sbin:/sbin depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') "$$release"

modules_install:
	@[ -s modules.order ] || { echo 'nothing is built: make modules KDIR=$(KDIR)' >&2; exit 2; }
	@stage=$$(mktemp -d) && trap 'rm -rf "$$stage"' EXIT && $(release) && \
	sed 's,^$(CURDIR)/,,' modules.order | grep -vE '$(not_installed)' >"$$stage/list" && \
	sed 's/\.o$$/.ko/' "$$stage/list" | xargs cp --parents -t "$$stage" && \
	if grep -q '^/' modules.order; then sed "s,^,$$stage/," "$$stage/list"; else cat "$$stage/list"; fi \
		>"$$stage/modules.order" && \
	$(MAKE) -C '$(KDIR)' M="$$stage" INSTALL_MOD_DIR=bottom-halves CONFIG_MODULE_SIG_ALL= modules_install && \
	$(depmod) && echo "installed in $(installed)/bottom-halves"

modules_uninstall:
	@$(release) && rm -rf "$(installed)/bottom-halves" && $(depmod) && \
	echo "removed $(installed)/bottom-halves"
else
modules:
	@vm/build --kernel '$(KERNEL)'

modules_install modules_uninstall:
	@echo 'make $@ needs KDIR=, a prepared kernel tree: for the running kernel' >&2
	@echo 'KDIR=/lib/modules/$(shell uname -r)/build. The VM needs no installing.' >&2
	@exit 2
endif

# The targets that KERNEL=all can run on every kernel
ifeq ($(KERNEL),all)
demo test test-napi pairs measure check:
	@selftests/kernels $@ $(if $(SHARED),SHARED=1)
else
demo: modules
	@vm/guided-run --kernel '$(KERNEL)' $(if $(STEP),--step)

test: modules
	@selftests/run --kernel '$(KERNEL)'

test-napi: modules
	@selftests/run --kernel '$(KERNEL)' napi_dummy.sh napi_dummy_race.sh \
		napi_dummy_tcp.sh napi_dummy_chaos.sh napi_dummy_netdev.sh \
		napi_dummy_config.sh napi_dummy_offload.sh

pairs: modules
	@selftests/run-pairs --kernel '$(KERNEL)' $(if $(SHARED),--shared)

measure: modules
	@measure/run --kernel '$(KERNEL)'

check:
	@KERNEL='$(KERNEL)' vm/check
endif

demo-softirq demo-tasklet demo-workqueue demo-threaded-irq: modules
	@vm/guided-run --kernel '$(KERNEL)' $(if $(STEP),--step) $(subst -,_,$@)

demo-rt:
	@vm/build --kernel 6.12 --kernel 6.12-rt --kernel newest-rt
	@tracing/rt

demo-napi: modules
	@vm/guided-run --kernel '$(KERNEL)' $(if $(STEP),--step) napi_dummy_netdev

cost-napi: modules
	@vm/run --kernel '$(KERNEL)' --icount -- /lab/napi_dummy_netdev/cost.sh

measure-check: modules
	@measure/check --kernel '$(KERNEL)'

# Runs on the running kernel. "make modules KDIR=..." builds the modules for it.
measure-host:
	@measure/run-host

# The old names of measure, measure-check and measure-host, kept for one release.
bench bench-check bench-host:
	@echo 'make $@ is now make $(patsubst bench%,measure%,$@)'
	@$(MAKE) --no-print-directory $(patsubst bench%,measure%,$@)

# Repeats the sessions, recordings and reports that the Markdown files show, and compares.
docs-check: modules
	@KERNEL='$(KERNEL)' vm/jobs --out out/docs-check selftests/docs-check.json

test-trace: modules
	@selftests/run --kernel '$(KERNEL)' tracing.sh questions.sh timeline.sh

report-check:
	@selftests/report.sh 'out/demo/$(KERNEL)'

trace:
	@echo 'make trace-QUESTION records the answer in the VM and draws it, below out/trace/:'
	@tracing/trace

# The pictures of real interrupts in the READMEs. They are recorded on the default kernel.
questions := hello softirq tasklet workqueue threaded-irq napi
pictures: $(questions:%=trace-%)
	@mkdir -p docs/pictures
	@cp out/trace/hello/hello.svg docs/pictures/
	@for q in softirq tasklet workqueue threaded-irq; do cp out/trace/$$q/one.svg docs/pictures/$$q.svg; done
	@cp out/trace/napi/workqueue.svg docs/pictures/napi.svg
	@echo 'make pictures: docs/pictures/ is new'

# The figures of paths and contexts in the READMEs. graphviz draws them.
drawings:
	@vm/sandbox --book -- docs/pictures/draw

book:
	@vm/sandbox --book -- docs/book/make
	@echo 'make book: out/book/index.html'

trace-%: modules
	@vm/record --kernel '$(KERNEL)' '$*'

hello: modules
	@tracing/hello --kernel '$(KERNEL)'

litmus:
	@selftests/litmus/run $(TEST)

litmus-run:
	@selftests/litmus/run --machine --kernel '$(KERNEL)'

pair: modules
	@selftests/run-pairs --kernel '$(KERNEL)' '$(PAIR)'

# explain exits with 1 if there was nothing to explain. For make that is not an error.
explain:
	@$(if $(LOG),,echo 'make explain needs LOG=, a file with a kernel log' >&2; exit 2;) \
	explain/explain '$(LOG)' || [ $$? = 1 ]

# The status of explain/lint is 1 if it found something, and 2 if it cannot check the file. That of make is 2
# for both.
lint:
	@$(if $(FILE)$(DIR),,echo 'make lint needs FILE=, a C file, or DIR=, a folder with C files' >&2; exit 2;) \
	path=$$(realpath -e --relative-base=. -- '$(or $(FILE),$(DIR))') || exit 2; \
	folder=$$path; [ -d "$$path" ] || folder=$$(dirname "$$path"); \
	vm/sandbox --coccinelle --kselftest --look "$$folder" -- explain/lint "$$path"

handout:
	@labs/handout --kernel '$(KERNEL)' '$(LAB)' '$(LEVEL)'

grade:
	@labs/grade --kernel '$(KERNEL)' '$(LAB)' '$(FILE)'

grade-all:
	@labs/grade-all --kernel '$(KERNEL)' $(if $(LAB),--lab '$(LAB)') $(if $(JOBS),--jobs '$(JOBS)') \
		$(if $(CHANGED),--changed) $(if $(AGAIN),--again '$(AGAIN)') $(if $(ROSTER),--roster '$(ROSTER)') \
		$(if $(SSHLOGIN),--sshlogin '$(SSHLOGIN)') $(if $(REMOTE),--remote '$(REMOTE)') '$(DIR)'

labs-test:
	@labs/test --kernel '$(KERNEL)' $(if $(QUICK),--quick) $(LAB)

stress: modules
	@selftests/run --kernel '$(KERNEL)' --rounds 200 load_unload.sh

shell: modules
	@vm/run --kernel '$(KERNEL)' --tty --timeout 0 --wedge 0 -- sh -c '\
		echo; echo "  live            shows which counters of /proc/softirqs, /proc/interrupts, softnet_stat change"; \
		echo "  bt, trace       run bpftrace programs, record answers: without arguments they list what there is"; \
		PATH=/lab/tracing:$$PATH exec /usr/lib/lab/shell'

clean:
	@if [ -n '$(KDIR)' ]; then $(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean; fi
	@vm/clean

distclean: clean
	@vm/clean --cache
