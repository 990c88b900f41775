# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced after lib.sh: packages that this machine's own apt does not know, of
# another suite or architecture, from the mirror that it is set up with.
#
#   private_apt DIR SUITE [ARCH]   update package lists in DIR; afterwards
#                                  "${private_apt[@]}" is apt-get for them.
#                                  With ARCH, nothing counts as installed.

private_apt()
{
	local dir=$1 suite=$2 arch=${3-} mirror

	mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN)' \
		'Created-By: Packages' |
		awk '$3 == "Debian" && $2 !~ /security/ { print $1; exit }')
	[ -n "$mirror" ] ||
		die "apt knows no Debian mirror: run apt-get update, or set KSRC="
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	echo "deb ${arch:+[arch=$arch] }$mirror $suite main" > "$dir/sources.list"
	private_apt=(apt-get -q -o "Dir::Etc::sourcelist=$dir/sources.list"
		     -o Dir::Etc::sourceparts=-
		     -o "Dir::State::Lists=$dir/lists"
		     -o "Dir::Cache=$dir/cache"
		     -o APT::Sandbox::User=root)
	if [ "$arch" ]; then
		: > "$dir/status"
		private_apt+=(-o "Dir::State::status=$dir/status"
			      -o "APT::Architecture=$arch"
			      -o "APT::Architectures=$arch")
	fi
	step "package lists of $suite${arch:+, $arch}" "${private_apt[@]}" update
}
