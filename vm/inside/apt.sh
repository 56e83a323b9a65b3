# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Scripts in the sandbox source this file to use apt as the current user, with its state in $apt.

apt=${apt:?}

apt_init()
{
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	cat >"$apt/apt.conf" <<-EOF
	Dir::Etc::SourceList "$apt/sources.list";
	Dir::Etc::SourceParts "-";
	Dir::State::Lists "$apt/lists";
	Dir::Cache "$apt";
	Dir::Cache::Archives "$apt/archives";
	Acquire::Languages "none";
	Acquire::Retries "3";
	APT::Sandbox::User "";
	APT::Update::Error-Mode "any";
	EOF
	export APT_CONFIG="$apt/apt.conf"
	cat "$apt/sources.list"
	apt-get -q update
}

# show PACKAGE [VERSION]: print the package's record; without VERSION, that of the newest version
show()
{
	apt-cache show "$1${2:+=$2}" | awk '/^$/ { exit } { print }'
}
