# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329
#
# Lab 7: the poll that sleeps. nd1 receives and sends with the submission's strategy.

# shellcheck source=selftests/napi_dummy_lib.sh
. ./napi_dummy_lib.sh

# The checks must not run on CPU 0, because the interrupt of the first queue goes to CPU 0.
away_from=0
lab7_hog=

check_loads() {
	[ -e /sys/module/bh_testbench ] || insmod "$labs/../testbench/bh_testbench.ko" || return
	insmod "$labs/../napi_dummy_netdev/napi_dummy_netdev.ko" queues=2 || return
	# The second name is that of newer kernels.
	calls_begin alloc_workqueue alloc_workqueue_noprof
	insmod "/share/$module.ko" 2>&1
	_rc=$?
	calls_end
	lab7_queues=$(grep -c '^ *insmod-.*: alloc_workqueue' /run/grade/calls)
	[ $_rc -eq 0 ] || return
	apart || return
	set_strategy bh_b nd1 lab7
	if ! in_b ethtool --show-priv-flags nd1 | grep -q '^lab7 *: on'; then
		echo "there is no strategy lab7"
		return 1
	fi
	lab7_there=yes
	echo "loaded"
}

there() {
	[ -n "${lab7_there:-}" ] && return
	echo "not run: there is no strategy lab7"
	return 1
}

# arrive OPTION... - send numbered frames from nd0 to nd1; each must arrive once, and in order
# sent OPTION... - do the same from nd1 to nd0
arrive() {
	there || return
	timeout 50 ./napi_dummy_frames "$@" bh_a nd0 bh_b nd1 3>&- >/run/grade/frames 2>&1
	all_there
}

sent() {
	there || return
	timeout 50 ./napi_dummy_frames "$@" bh_b nd1 bh_a nd0 3>&- >/run/grade/frames 2>&1
	all_there
}

all_there() {
	_said=$(tail -n 1 /run/grade/frames)
	echo "${_said:-they did not arrive in 50 s}"
	case $_said in
	*' lost 0 reordered 0 duplicate 0')	return 0 ;;
	esac
	return 1
}

# Sends one frame while a task computes in user space on the interrupted CPU. If code sleeps in the
# interrupt, it sleeps on this task's stack and can resume, so the VM survives and logs the report.
check_awake() {
	there || return
	up && in_b ethtool -C nd1 rx-usecs 0 rx-frames 1 && in_a ethtool -L nd0 combined 1 &&
	in_a tc qdisc replace dev nd0 root netem delay 300ms || return
	echo 2000000 >"$nd_dir/nd1/dma_ns"
	taskset -c 0 sh -c 'while :; do :; done' >/dev/null 2>&1 3>&- &
	lab7_hog=$!
	arrive -n 1 -w 1 -f 1
	_rc=$?
	kill "$lab7_hog"
	in_a tc qdisc replace dev nd0 root pfifo_fast
	echo 20000 >"$nd_dir/nd1/dma_ns"
	! logged "$asleep|huh, entered softirq" && return $_rc
}

check_delivers() {
	arrive -n "$(lot 30 90)" -w 1 -f 1
}

check_all_queues() {
	there || return
	in_a ethtool -L nd0 combined 2 && spread && await 30 carrier
	arrive -n "$(lot 1000 3000)" -w 64 -f 8
	_rc=$?
	in_a ethtool -L nd0 combined 1 && await 30 carrier
	return $_rc
}

check_lost_transfer() {
	there || return
	echo 'lose_dma 2' >"$nd_dir/nd1/fault"
	arrive -n 200 -w 32 -f 1
}

# From here on nd1 transmits through the worker.
check_tx_awake() {
	there || return
	down && in_b ethtool --set-priv-flags nd1 tx-work on &&
		in_b ethtool -L nd1 combined 1 && up || return
	sent -n 1 -w 1 -f 1
	_rc=$?
	! logged "$asleep|huh, entered softirq" && return $_rc
}

check_tx_all_queues() {
	there || return
	sent -n "$(lot 50 90)" -w 1 -f 1 || return
	in_b ethtool -L nd1 combined 2 && spread && await 30 carrier
	sent -n "$(lot 1000 3000)" -w 32 -f 8
	_rc=$?
	in_b ethtool -L nd1 combined 1 && await 30 carrier
	return $_rc
}

check_tx_lost() {
	there || return
	echo 'lose_dma 2' >"$nd_dir/nd1/fault"
	# Send more frames than one transfer takes, so that some frames wait behind the lost
	# transfer. But do not send so many that the driver stops the queue.
	sent -n 200 -w 60 -f 1
}

# Sends many frames to a slow NIC. When the driver has enough frames, it must stop the queue, and
# the stack keeps the other frames in the queueing discipline. While frames are in flight, the check
# reads how many frames this discipline holds.
check_tx_stops() {
	there || return
	in_b tc qdisc replace dev nd1 root pfifo limit 1000
	echo 60000000 >"$nd_dir/nd1/dma_ns"
	timeout 50 ./napi_dummy_frames -n 1200 -w 600 -f 1 bh_b nd1 bh_a nd0 3>&- >/run/grade/frames 2>&1 &
	_frames=$!
	_timeouts=$(driver 1 tx_timeouts)
	lab7_kept=0
	while kill -0 $_frames; do
		_kept=$(in_b tc -s qdisc show dev nd1 | sed -n 's/^ *backlog .* \([0-9]*\)p .*/\1/p')
		[ "${_kept:-0}" -le "$lab7_kept" ] || lab7_kept=$_kept
		lab7_timeouts=$(($(driver 1 tx_timeouts) - _timeouts))
		# After a timeout the driver never wakes the queue, so do not wait for more frames.
		[ "$lab7_timeouts" = 0 ] || kill $_frames
		sleep 0.02
	done
	echo 20000 >"$nd_dir/nd1/dma_ns"
	echo "of 600 frames under way, the queueing discipline held at most $lab7_kept"
	[ "$lab7_kept" -ge 50 ]
}

check_tx_wakes() {
	there || return
	if [ "${lab7_timeouts:-1}" != 0 ]; then
		logged 'NETDEV WATCHDOG' || echo "a queue stood still for two seconds"
		return 1
	fi
	all_there
}

# lab7_waits - print how many times the driver waits for a work item while the devices go down
lab7_waits() {
	calls_begin cancel_work_sync flush_work disable_work_sync drain_workqueue __flush_workqueue
	down
	calls_end
	grep -cE ': (cancel|flush|disable|drain|__flush)' /run/grade/calls
}

# With every strategy the driver waits for its own work items. With the submission's strategy there
# must be more waits than with another strategy.
check_stops() {
	there || return
	_waits=$(lab7_waits)
	set_strategy bh_b nd1 napi && up || return
	_others=$(lab7_waits)
	set_strategy bh_b nd1 lab7
	echo "the driver waits for work $_waits times when it goes down; with another strategy, $_others times"
	[ "$_waits" -gt "$_others" ]
}

check_unloads() {
	there || return
	down
	set_strategy bh_b nd1 napi
	calls_begin destroy_workqueue
	unload
	_rc=$?
	calls_end
	[ $_rc -eq 0 ] || return
	ip netns del bh_a
	ip netns del bh_b
	rmmod napi_dummy_netdev
	same "workqueues destroyed" "$lab7_queues" "$(grep -c '^ *rmmod-.*: destroy_workqueue' /run/grade/calls)" || return
	gone && [ ! -e /sys/module/napi_dummy_netdev ] && echo "unloaded"
}
