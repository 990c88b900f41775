// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving up what was only needed to open files. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privileges.h"
#include "program.h"

#define BIT(cap)	(UINT64_C(1) << (cap))

static const uint64_t kept[] = {
	[KEEP_NOTHING] = 0,
	[KEEP_READING] = BIT(CAP_DAC_OVERRIDE),
	[KEEP_STAGING] = BIT(CAP_SYS_ADMIN) | BIT(CAP_DAC_OVERRIDE) |
			 BIT(CAP_SYS_PTRACE),
};

static int find_user(const char *user, uid_t *uid, gid_t *gid)
{
	struct passwd *pw = getpwnam(user);

	if (!pw) {
		report("no such user: %s", user);
		return EXIT_USAGE;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return EXIT_OK;
}

int make_archive_dir(const char *dir, const char *user)
{
	uid_t uid;
	gid_t gid;
	int ret, fd;

	if (!user || geteuid() || !access(dir, F_OK))
		return EXIT_OK;
	ret = find_user(user, &uid, &gid);
	if (ret)
		return ret;
	if (mkdir(dir, 0750))
		return report_error(dir, -errno);
	/* not by its name, which may lead elsewhere by now */
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, uid, gid))
		ret = report_error(dir, -errno);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 }, have[2];
	unsigned int i;

	if (syscall(SYS_capget, &head, have))
		return -errno;
	for (i = 0; i < 2; i++)
		data[i].effective = data[i].permitted =
			have[i].permitted & (uint32_t)(keep >> 32 * i);
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* Without CAP_SETPCAP it stays as it is, which new programs only would see. */
static void bound_capabilities(uint64_t keep)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(keep >> cap & 1))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int drop_privileges(const char *user, const char *dir, enum keep keep)
{
	struct stat st;
	uid_t uid;
	gid_t gid;
	int ret;

	if (stat(dir, &st))
		return report_error(dir, -errno);
	uid = st.st_uid;
	gid = st.st_gid;
	ret = user ? find_user(user, &uid, &gid) : EXIT_OK;
	if (ret)
		return ret;
	bound_capabilities(kept[keep]);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	ret = prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ? -errno : 0;
	if (!ret && !geteuid())
		ret = become(uid, gid);
	if (!ret)
		ret = set_capabilities(kept[keep]);
	if (!ret && (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) ||
		     prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		ret = -errno;
	return ret ? report_error("giving up privileges", ret) : EXIT_OK;
}
