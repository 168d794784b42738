// Work that can wait: it leaves the processor to the thread that workers wait for.
#pragma once

namespace gwageo {

/// Lowers the calling thread's priority (nice 10) for good: beside a busy thread it gets a tenth of
/// a core, on an idle one all of it. Where the system refuses, nothing changes.
void be_patient();

}  // namespace gwageo
