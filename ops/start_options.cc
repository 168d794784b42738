#include "ops/start_options.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>

#include "coordinator/coordinator.h"
#include "ops/calendar.h"
#include "ops/log.h"
#include "ops/system.h"
#include "ops/system_clock.h"
#include "protocol/name.h"
#include "protocol/zmq_transport.h"

namespace gwageo {
namespace {

constexpr std::int64_t reserve_mebibytes = 256;
constexpr std::int64_t reserve_mebibytes_max = std::int64_t{1} << 40;

Result<std::uint64_t> reserve_bytes() {
  const std::string given = environment("GWAGEO_DISK_RESERVE_MIB");
  std::int64_t value = reserve_mebibytes;
  if (!given.empty()) {
    const char* const end = given.data() + given.size();
    const auto [stop, error] = std::from_chars(given.data(), end, value);
    if (error != std::errc{} || stop != end || value < 0 || value > reserve_mebibytes_max) {
      return fail(ErrorKind::bad_input,
                  "GWAGEO_DISK_RESERVE_MIB: \"" + given + "\" is no number of mebibytes");
    }
  }
  return static_cast<std::uint64_t>(value) << 20;
}

/// Listens there for a moment, as nobody: no key is known, so nobody gets in.
Status try_to_listen(const std::string& listen) {
  ServerOptions options;
  options.listen = listen;
  options.start_authentication = false;
  GWAGEO_ASSIGN(keys, new_curve_keys());
  options.keys = keys;
  const KeyRegistry nobody;
  const auto server = new_zmq_server(options, nobody);
  if (server) return {};
  return fail(ErrorKind::bad_input, "--listen: " + server.error().message);
}

}  // namespace

bool takes_free_port(const StartOptions& options) { return options.listen.ends_with(":0"); }

Result<StartOptions> start_options(const Invocation& arguments, const std::string& data) {
  const CoordinatorOptions defaults;
  StartOptions options;
  options.listen = arguments.text_or("listen", ServerOptions{}.listen);
  options.origin = arguments.text_or("origin", defaults.origin);
  options.zone = arguments.text_or("zone", defaults.zone);
  if (!is_name(options.origin)) {
    return fail(ErrorKind::bad_input, "--origin: \"" + options.origin +
                                          "\" is no name ([A-Za-z0-9][A-Za-z0-9._-]{0,127})");
  }
  const Result<Calendar> calendar = Calendar::of(options.zone);
  if (!calendar) return fail(ErrorKind::bad_input, "--zone: " + calendar.error().message);
  GWAGEO_ASSIGN(reserve, reserve_bytes());
  options.reserve_bytes = reserve;
  GWAGEO_TRY(check_log_level());
  std::error_code error;
  if (!std::filesystem::exists(data + "/format", error)) {
    GWAGEO_TRY(try_to_listen(options.listen));
  }
  return options;
}

Result<DataDirectory> take_directory(const std::string& data, Duration patience) {
  const SystemClock clock;
  const Duration began = clock.monotonic();
  for (;;) {
    Result<DataDirectory> directory = DataDirectory::open(data, DataDirectory::Missing::create);
    if (directory || directory.error().kind != ErrorKind::unavailable) return directory;
    if (clock.monotonic() - began >= patience) {
      return fail(ErrorKind::conflict, directory.error().message);
    }
    ::usleep(50000);
  }
}

}  // namespace gwageo
