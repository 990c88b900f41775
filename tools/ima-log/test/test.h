/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMA_LOG_TEST_H
#define IMA_LOG_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As rm -rf, without the time that a shell takes. */
void remove_all(const char *path);

/*
 * The build with the slow sanitizer takes each SAMPLE-th of what is enumerated,
 * a number that shares no factor with what the loops multiply; the fast build,
 * where it is not set, takes all.
 */
static inline unsigned int sample(void)
{
	const char *every = getenv("SAMPLE");

	return every ? atoi(every) : 1;
}

/* As assert(), but never compiled out, and with the values. */
#define CHECK(expr) do {						\
	if (!(expr)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,	\
			#expr);						\
		exit(1);						\
	}								\
} while (0)

#define CHECK_EQ(a, b) do {						\
	long long a_ = (a), b_ = (b);					\
	if (a_ != b_) {							\
		fprintf(stderr, "%s:%d: %s is %lld, not %lld\n",	\
			__FILE__, __LINE__, #a, a_, b_);		\
		exit(1);						\
	}								\
} while (0)

#endif
