# SPDX-License-Identifier: GPL-2.0
#
# Every action that a user needs is one of these targets.

# Two targets at once would share VMs, processors and the build. Two makes wait for each other if
# they need the same results folder.
.NOTPARALLEL:

ifndef KERNEL
KERNEL := $(shell sed -e 's/\#.*//' vm/kernels | awk 'NF { print $$1; exit }')
endif
kernels = $(shell sed -e 's/\#.*//' vm/kernels | awk 'NF { print $$1 }' | paste -sd' ')
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
	@echo '              make demo               guided run of everything, and a report. One lesson: demo-softirq,'
	@echo '                                      demo-tasklet, demo-workqueue, demo-threaded-irq, demo-napi'
	@echo '              make demo-tasklet STEP=1     it stops at each step, and asks for guesses'
	@echo '              make demo-rt            what PREEMPT_RT changes'
	@echo '              make trace              questions that a recording answers, with a picture'
	@echo '              make pair PAIR=NAME     one bug: what the kernel says of it, and what that means'
	@echo '              make shell              a root shell in the VM, modules and tracing tools at hand'
	@echo '  to read     make book               a site of the READMEs and docs, searchable without a network'
	@echo '  to test     make test               the selftests; test-napi, test-trace: the driver'"'"'s, the tracing'"'"'s'
	@echo '              make pairs              every bug shows itself, every fix is silent'
	@echo '              make check              the sources: style, compilers, tests of the scripts'
	@echo '  to measure  make measure            what each mechanism costs, in instructions; cost-napi: a frame'
	@echo '  to teach    make handout LAB= LEVEL=     an exercise, with more (1) or less (3) help'
	@echo '              make grade LAB= FILE=        what works of a solution; grade-all DIR=: of a whole class'
	@echo '  own driver  make explain LOG=FILE   what the reports in a kernel log mean, and how to fix it'
	@echo '              make lint FILE=DRIVER.c what its source does wrong, and where that is explained'
	@echo '              make litmus             orderings, proved by the kernel'"'"'s memory model'
	@echo
	@echo 'KERNEL=NAME chooses the kernel: $(kernels)'
	@echo '(the first is the default). What is needed is fetched at first use. make help-all: every target.'

help-all: help
	@echo
	@echo '  the rest    make pairs SHARED=1     all fixed modules and the harmless broken ones, in two VMs'
	@echo '              make litmus-run         two of the litmus tests as kernel modules in the VM'
	@echo '              make report-check       is the report of make demo whole? also in a browser'
	@echo '              make docs-check         do what the READMEs show on 6.12, and compare'
	@echo '              make stress             load and unload everything 200 times under fire'
	@echo '              make labs-test          the tests of the labs'
	@echo '              make pictures           record anew the pictures in the READMEs'
	@echo '              make drawings           draw anew the figures in the READMEs, from docs/pictures/*.dot'
	@echo '              make measure-check      run the latency benchmark, compare with measure/figures/'
	@echo '              make measure-host       run it on the running kernel, as root: not exact'
	@echo '              make grade-all DIR= [LAB=]     the submissions of a whole class'
	@echo '              make modules            only build (make modules KDIR=... for a kernel tree of yours)'
	@echo '              make modules_install KDIR=...  the correct ones, below /lib/modules; modules_uninstall removes them'
	@echo '              make setup              only fetch and prepare what the VM needs'
	@echo '              make cache-export FILE= [KERNELS=]   all of that in one file, for machines without a network'
	@echo '              make cache-import FILE='
	@echo '              make clean              remove out/'
	@echo '              make distclean          remove the cache as well: $(cache)'
	@echo
	@echo 'KERNEL=all: a table of demo, test, test-napi, pairs, measure or check.'

setup:
	@vm/setup $(KERNEL)

# Without a network: on a machine that has one, and on those that have none.
cache-export:
	@vm/cache export '$(FILE)' $(KERNELS)

cache-import:
	@vm/cache import '$(FILE)'

# With KDIR: in place, for that kernel tree. Without: for the VM, in out/build/.
ifdef KDIR
modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# Installs neither broken modules nor those of tests and labs. kbuild installs everything in a folder, so it
# gets a folder with a copy of the other modules. They go to a folder of their own, which modules_uninstall
# removes. kbuild does not run depmod if the headers have no System.map, as Debian's, and it would sign with a
# key that only the distribution has.
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

# KERNEL=all: the targets for which a table of all kernels makes sense.
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

# On the running kernel. Its modules come from "make modules KDIR=...".
measure-host:
	@measure/run-host

# The old names, kept for one release.
bench bench-check bench-host:
	@echo 'make $@ is now make $(patsubst bench%,measure%,$@)'
	@$(MAKE) --no-print-directory $(patsubst bench%,measure%,$@)

# Checks the sessions, recordings and reports that the Markdown files show.
docs-check: modules
	@KERNEL='$(KERNEL)' vm/jobs --out out/docs-check selftests/docs-check.json

test-trace: modules
	@selftests/run --kernel '$(KERNEL)' tracing.sh questions.sh timeline.sh

report-check:
	@selftests/report.sh 'out/demo/$(KERNEL)'

trace:
	@echo 'make trace-QUESTION records the answer in the VM and draws it, below out/trace/:'
	@tracing/trace

# The pictures of real interrupts in the READMEs, recorded on the default kernel
questions := hello softirq tasklet workqueue threaded-irq napi
pictures: $(questions:%=trace-%)
	@mkdir -p docs/pictures
	@cp out/trace/hello/hello.svg docs/pictures/
	@for q in softirq tasklet workqueue threaded-irq; do cp out/trace/$$q/one.svg docs/pictures/$$q.svg; done
	@cp out/trace/napi/workqueue.svg docs/pictures/napi.svg
	@echo 'make pictures: renewed docs/pictures/'

# The figures of paths and contexts, by graphviz
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

# Status 1 means that there was nothing to explain. For make that is not an error.
explain:
	@$(if $(LOG),,echo 'make explain needs LOG=, a file with a kernel log' >&2; exit 2;) \
	explain/explain '$(LOG)' || [ $$? = 1 ]

# explain/lint's own status is 1 for findings, 2 for what it cannot check; make's is 2 for both.
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
		echo; echo "  live            what moves in /proc/softirqs, /proc/interrupts, softnet_stat"; \
		echo "  bt, trace       bpftrace programs and recorded answers: without arguments they list them"; \
		PATH=/lab/tracing:$$PATH exec /usr/lib/lab/shell'

clean:
	@if [ -n '$(KDIR)' ]; then $(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean; fi
	@vm/clean

distclean: clean
	@vm/clean --cache
