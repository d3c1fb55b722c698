//! Makes a thread stand behind all others.

use rustix::process::setpriority_process;
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Lowers the calling thread to `SCHED_IDLE`: it gets a processor when nobody else wants it, and the
/// disk likewise, as Linux derives the class of reads from the policy (ioprio(7)). Where a sandbox
/// refuses the policy, the thread has the lowest priority of those that share.
pub(super) fn lower_this_thread() {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    // This also asks for niceness 0, which fails in a process that was started with more; the policy
    // stands by then.
    let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
    // Under SCHED_IDLE it counts for nothing. A thread may always lower itself.
    let _ = setpriority_process(None, 19);
}
