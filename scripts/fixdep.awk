# SPDX-License-Identifier: BSD-2-Clause
#
# Turns a compiler's dependency file into make rules by configuration option.
#
# Every object includes autoconf.h, so depending on that file would rebuild all for one option.
# Instead the object depends on include/config/<option>.h of each option that its sources name;
# kconf.py touches those whose value has changed. One that does not exist has never been set.
#
# The compiler ran in objdir, and named the tree's files by their whole paths.
#
# usage: awk -v objdir=OBJDIR -v tree=TREE/ -v target=TARGET -f fixdep.awk TARGET.d >TARGET.dep
#
# It runs once for each object, and a shell or Python would take ten times as long.

function look_for_options(name,    line, before)
{
	while ((getline line < name) > 0)
		while (match(line, /CONFIG_[A-Za-z0-9_]+/)) {
			before = RSTART == 1 ? "" : substr(line, RSTART - 1, 1)
			if (before !~ /[A-Za-z0-9_]/)
				options[tolower(substr(line, RSTART + 7, RLENGTH - 7))]
			line = substr(line, RSTART + RLENGTH)
		}
	close(name)
}

FNR == 1 { sub(/^[^:]*:/, "") }

{
	for (i = 1; i <= NF; i++) {
		name = $i
		if (name == "\\" || name ~ /include\/generated\/autoconf\.h$/)
			continue
		if (index(name, tree) == 1)
			name = substr(name, length(tree) + 1)
		else if (name !~ /^\//)
			name = objdir "/" name
		sources = sources " " name
		if (name !~ /^\/usr\//)
			look_for_options(name)
	}
}

END {
	printf "%s:%s", target, sources
	for (option in options) {
		gsub(/_/, "/", option)
		printf " $(wildcard %s/include/config/%s.h)", objdir, option
	}
	# A header that is gone does not stop make: the object is made again.
	printf "\n%s:\n", sources
}
