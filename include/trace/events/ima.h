/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ima

#if !defined(_TRACE_IMA_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_IMA_H

#include <linux/tracepoint.h>

/**
 * ima_remove_records - records were removed from the head of the list
 * @num_records: how many
 * @size: bytes that they took in binary_runtime_measurements
 * @held_ns: time in nanoseconds for which no record could be added
 *
 * The records are not freed yet.  Not seen are removals of all staged records,
 * which take the whole staged list.
 */
TRACE_EVENT(ima_remove_records,
	    TP_PROTO(unsigned long num_records, unsigned long size, u64 held_ns),
	    TP_ARGS(num_records, size, held_ns),
	    TP_STRUCT__entry(__field(unsigned long, num_records)
			     __field(unsigned long, size)
			     __field(u64, held_ns)),
	    TP_fast_assign(__entry->num_records = num_records;
			   __entry->size = size;
			   __entry->held_ns = held_ns;),
	    TP_printk("records=%lu bytes=%lu held_ns=%llu",
		      __entry->num_records, __entry->size, __entry->held_ns)
);

#endif /* _TRACE_IMA_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
