# SPDX-License-Identifier: GPL-2.0
#
# Every action that a user needs is one of these targets.

# One target runs at a time, because two would share VMs, processors and the build. If two make processes
# need the same results folder, one waits for the other.
.NOTPARALLEL:

# ARCH chooses the processor of the VMs. The scripts read ARCH from the environment. If KDIR is set,
# make starts kbuild, which also reads ARCH.
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
	test-alloc torture fuzz \
	litmus litmus-run pairs pair explain lint docs-check stress check shell trace test-trace report-check \
	labs-test grade grade-all handout cache-export cache-import clean distclean pictures drawings book

.DEFAULT_GOAL := help

help:
	@echo 'Bottom halves of Linux interrupt handlers: modules that run in a throw-away VM.'
	@echo
	@echo 'to see      make hello           see an interrupt, a tasklet and a work item'
	@echo '            make demo            run all lessons as a guided run, with a report'
	@echo '            make demo-tasklet    one lesson; also demo-softirq, demo-workqueue,'
	@echo '                                 demo-threaded-irq, demo-napi. STEP=1 pauses'
	@echo '            make demo-rt         see what PREEMPT_RT changes'
	@echo '            make trace           list the questions that a recording answers'
	@echo '            make pair PAIR=NAME  see one bug, its report, and what that means'
	@echo '            make shell           get a root shell in the VM, with the tools'
	@echo 'to read     make book            make a site of all texts, searchable offline'
	@echo 'to test     make test            run the selftests; also test-napi, test-trace'
	@echo '            make pairs           see every bug, and that its fix is clean'
	@echo '            make check           check the sources: style, compilers, scripts'
	@echo 'to measure  make measure         count instructions; cost-napi: per frame'
	@echo 'to teach    make handout         write an exercise: LAB=, LEVEL=1 (easy) to 3'
	@echo '            make grade           grade LAB=, FILE=; grade-all DIR=: a class'
	@echo 'own driver  make explain LOG=    explain the reports in a kernel log'
	@echo '            make lint FILE=      find mistakes in the source of a driver'
	@echo '            make litmus          prove orderings by the kernel'"'"'s memory model'
	@echo
	@echo 'KERNEL=NAME chooses the kernel (default: the first), ARCH=arm64 the processor:'
	@echo '  $(kernels)'
	@echo 'The first use fetches what is needed. make help-all lists every target.'

help-all: help
	@echo
	@echo 'the rest    make pairs SHARED=1  run all fixed and harmless modules in two VMs'
	@echo '            make litmus-run      run two of the litmus tests in the VM'
	@echo '            make report-check    check that the report of make demo is complete'
	@echo '            make docs-check      repeat on 6.12 what the READMEs show; compare'
	@echo '            make stress          load and unload all modules 200 times'
	@echo '            make test-alloc      make each allocation fail once (debug); MODULES='
	@echo '            make torture         disturb the network driver in random ways;'
	@echo '                                 MINUTES=30 SEED=N'
	@echo '            make fuzz            give the modules random input of every kind;'
	@echo '                                 WRITES=100000 SEED=N'
	@echo '            make labs-test       test the labs'
	@echo '            make pictures        record the pictures in the READMEs again'
	@echo '            make drawings        draw docs/pictures/*.dot again'
	@echo '            make measure-check   measure, and compare with measure/figures/'
	@echo '            make measure-host    measure on this computer, as root: not exact'
	@echo '            make grade-all       grade a whole class: DIR=, and LAB= for one lab'
	@echo '            make modules         only build; KDIR=: for a kernel tree of yours'
	@echo '            make modules_install install the correct modules for KDIR=;'
	@echo '                                 modules_uninstall removes them'
	@echo '            make setup           only fetch and prepare what the VM needs'
	@echo '            make cache-export    write what the VM needs to FILE=, for computers'
	@echo '                                 without a network; KERNELS= for some only'
	@echo '            make cache-import    read it from FILE='
	@echo '            make clean           remove out/'
	@echo '            make distclean       remove the cache too, which is in'
	@echo '                                 $(cache)'
	@echo
	@echo 'KERNEL=all: run demo, test, test-napi, test-trace, pairs, measure or check on'
	@echo 'every kernel.'
	@echo 'ARCH=arm64: emulate that processor; it has its own kernels. For x86_64 only:'
	@echo '  $(wordlist 1,7,$(filter-out bench%,$(x86_only)))'
	@echo '  $(wordlist 8,99,$(filter-out bench%,$(x86_only)))'

setup:
	@vm/setup $(KERNEL)

# For computers without a network. Export the cache on a computer that has a network, and import it
# on the others.
cache-export:
	@vm/cache export '$(FILE)' $(KERNELS)

cache-import:
	@vm/cache import '$(FILE)'

# With KDIR, "make modules" builds for that kernel tree, and leaves the modules beside the sources.
# Without KDIR, it builds for the VM, in out/build/.
ifdef KDIR
modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# "make modules_install" leaves out the broken modules, and the modules of the tests and labs. But
# kbuild can only install all modules of a folder. So this target copies the other modules to a
# temporary folder, and kbuild installs that folder. The installed modules are in
# /lib/modules/RELEASE/bottom-halves, which modules_uninstall removes. kbuild does not call depmod
# if the headers have no System.map, and Debian's headers have none. So the targets call depmod
# themselves. If CONFIG_MODULE_SIG_ALL were set, kbuild would try to sign the modules, and would
# need a key that only the distribution has. So it is switched off here.
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
	@echo 'KDIR=/lib/modules/$(shell uname -r)/build. The VM needs no installation.' >&2
	@exit 2
endif

# The targets that KERNEL=all can run on every kernel
ifeq ($(KERNEL),all)
demo test test-napi test-trace pairs measure check:
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

test-trace: modules
	@selftests/run --kernel '$(KERNEL)' tracing.sh questions.sh timeline.sh

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

# measure-host measures on the kernel that runs on this computer. "make modules KDIR=..." builds the
# modules for this kernel.
measure-host:
	@measure/run-host

# The old names of measure, measure-check and measure-host, kept for one release.
bench bench-check bench-host:
	@echo 'make $@ is now make $(patsubst bench%,measure%,$@)'
	@$(MAKE) --no-print-directory $(patsubst bench%,measure%,$@)

# docs-check repeats the sessions, recordings and reports that the Markdown files show, and compares
# the output with these files.
docs-check: modules
	@KERNEL='$(KERNEL)' vm/jobs --out out/docs-check selftests/docs-check.json

report-check:
	@selftests/report.sh 'out/demo/$(KERNEL)'

trace:
	@echo 'make trace-QUESTION records the answer in the VM and draws it, below out/trace/:'
	@tracing/trace

# These pictures in the READMEs show real interrupts. They are recorded on the default kernel.
questions := hello softirq tasklet workqueue threaded-irq napi
pictures: $(questions:%=trace-%)
	@mkdir -p docs/pictures
	@cp out/trace/hello/hello.svg docs/pictures/
	@for q in softirq tasklet workqueue threaded-irq; do cp out/trace/$$q/one.svg docs/pictures/$$q.svg; done
	@cp out/trace/napi/workqueue.svg docs/pictures/napi.svg
	@echo 'make pictures: docs/pictures/ is new'

# graphviz draws the figures of paths and contexts in the READMEs.
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

# Only the debug kernel can make allocations fail. On any other kernel the test is skipped.
test-alloc: KERNEL := $(if $(filter file,$(origin KERNEL)),debug,$(KERNEL))
test-alloc: modules
	@selftests/run --kernel '$(KERNEL)' --limit 14000 --words '$(MODULES)' fail_nth.sh

# Without SEED each run uses another seed, and the test prints this seed when it begins.
torture: modules
	@minutes='$(or $(MINUTES),30)' && selftests/run --kernel '$(KERNEL)' --limit $$((minutes * 60 + 1200)) \
		--words "$(or $(SEED),$$(date +%s)) $$minutes" torture.sh

fuzz: modules
	@selftests/run --kernel '$(KERNEL)' --limit 14000 \
		--words "$(or $(SEED),$$(date +%s)) $(or $(WRITES),100000)" fuzz.sh

pair: modules
	@selftests/run-pairs --kernel '$(KERNEL)' '$(PAIR)'

# explain/explain exits with 1 if the log has nothing to explain. make does not treat this as an
# error.
explain:
	@$(if $(LOG),,echo 'make explain needs LOG=, a file with a kernel log' >&2; exit 2;) \
	explain/explain '$(LOG)' || [ $$? = 1 ]

# explain/lint exits with 1 if it found something, and with 2 if it could not check something. make
# exits with 2 in both cases.
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
