/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ima

#if !defined(_TRACE_IMA_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IMA_H

#include <linux/tracepoint.h>

/* Records were removed from the list, @removed since boot with these. */
TRACE_EVENT(ima_remove_records,
	    TP_PROTO(unsigned long num_records, unsigned long removed),
	    TP_ARGS(num_records, removed),
	    TP_STRUCT__entry(__field(unsigned long, num_records)
			     __field(unsigned long, removed)),
	    TP_fast_assign(__entry->num_records = num_records;
			   __entry->removed = removed;),
	    TP_printk("records=%lu removed=%lu",
		      __entry->num_records, __entry->removed)
);

#endif /* _TRACE_IMA_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
