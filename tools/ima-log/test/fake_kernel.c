// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <sys/mman.h>

#include "fake_kernel.h"
#include "test.h"

struct fake_kernel *fake_kernel_new(void)
{
	struct fake_kernel *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(f != MAP_FAILED);
	return f;
}

unsigned int fake_twins;

static size_t put_u32(uint8_t *out, uint32_t value)
{
	memcpy(out, &value, 4);
	return 4;
}

size_t fake_record(unsigned int boot, uint64_t number, uint8_t *out)
{
	size_t n = 24, data;
	char name[64];
	int len;

	if (fake_twins)
		number /= fake_twins;

	put_u32(out, 10);
	n += put_u32(out + n, 6);
	memcpy(out + 28, "ima-ng", 6);
	n = 34 + 4;
	data = n;
	n += put_u32(out + n, 8 + 32);
	memcpy(out + n, "sha256:\0", 8);
	memset(out + n + 8, (int)number, 32);
	n += 40;
	len = snprintf(name, sizeof(name), "/boot-%u/%" PRIu64, boot, number);
	if (number == 0)
		len = snprintf(name, sizeof(name), "boot_aggregate");
	n += put_u32(out + n, len + 1);
	memcpy(out + n, name, len + 1);
	n += len + 1;
	put_u32(out + data - 4, n - data);
	EVP_Digest(out + data, n - data, out + 4, NULL, EVP_sha1(), NULL);
	return n;
}

static int fake_open(void *ctx, enum list_access access)
{
	struct fake_kernel *f = ctx;

	f->opens++;
	if (f->open_error)
		return f->open_error;
	if (access == LIST_SHARED && f->busy) {
		f->busy--;
		return -EBUSY;
	}
	CHECK(!f->is_open);
	f->trimmed += f->trim_at_open;
	f->trim_at_open = 0;
	f->is_open = true;
	f->exclusive = access == LIST_EXCLUSIVE;
	f->at = f->trimmed;
	return 0;
}

static ssize_t fake_read(void *ctx, void *buf, size_t len)
{
	struct fake_kernel *f = ctx;
	uint8_t record[256], *out = buf;
	size_t size, n = 0;

	CHECK(f->is_open);
	if (f->at < f->trimmed)
		return -ESTALE;
	for (; f->at < f->total; f->at++, n += size) {
		size = fake_record(f->boot, f->base + f->at, record);
		if (n + size > len || n > 1000)
			break;
		memcpy(out + n, record, size);
	}
	return n;
}

static int fake_rewind(void *ctx)
{
	struct fake_kernel *f = ctx;

	f->at = f->trimmed;
	return 0;
}

static void fake_close(void *ctx)
{
	struct fake_kernel *f = ctx;

	CHECK(f->is_open);
	f->is_open = false;
}

static int fake_trimmed(void *ctx, uint64_t *count)
{
	struct fake_kernel *f = ctx;

	*count = f->trimmed;
	return f->no_trim ? -ENOENT : 0;
}

static int fake_trim(void *ctx, uint64_t trimmed, uint64_t count)
{
	struct fake_kernel *f = ctx;

	CHECK(!f->no_trim);
	f->trimmed += f->trim_at_trim;
	f->total += f->trim_at_trim;
	f->trim_at_trim = 0;
	if (trimmed != f->trimmed)
		return -ECANCELED;
	if (count > f->total - f->trimmed)
		return -ENOENT;
	f->trimmed += count;
	return 0;
}

static int fake_delete(void *ctx, uint64_t count)
{
	struct fake_kernel *f = ctx;

	CHECK(f->is_open && f->exclusive);
	if (f->delete_error)
		return f->delete_error;
	if (count > f->total - f->trimmed)
		return -ENOENT;
	f->trimmed += count;
	return 0;
}

static bool fake_staging(void *ctx)
{
	struct fake_kernel *f = ctx;

	return f->staging;
}

struct kernel fake_kernel_ops(struct fake_kernel *f)
{
	static const struct kernel_ops ops = {
		fake_open, fake_read, fake_rewind, fake_close, fake_trimmed,
		fake_trim, fake_delete, fake_staging,
	};

	return (struct kernel){ &ops, f };
}
