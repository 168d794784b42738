#include "coordinator/patient_thread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace gwageo {

// On Linux a thread has a nice value of its own, which its number names.
void be_patient() {
  constexpr int nice = 10;
  [[maybe_unused]] const int refused =
      ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
}

}  // namespace gwageo
