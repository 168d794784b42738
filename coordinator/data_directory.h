// The data directory of a coordinator, and the promise that one coordinator uses it at a time.
//
//   DIR/             0700 when it is made: it holds everybody's answers
//   DIR/format       "gwageo 1"; any other is refused
//   DIR/lock         held (flock) while a coordinator or an audit uses DIR; its process id inside
//   DIR/endpoint     where the running coordinator listens; gone when none runs
//   DIR/socket       the same coordinator for processes of this machine: cheaper than TCP
//   DIR/port         where one listened last, so that the next one can take it again
//   DIR/keys/        0700: secret keys
//   DIR/store/       RocksDB
//   DIR/checkpoint   signed; outside the store for a reason (checkpoint.h)
//   DIR/tiles/       the published log
//   DIR/incomplete   what a recovery could not put back: while it is there nothing is served
//   DIR/log/         for people
#pragma once

#include <string>
#include <string_view>

#include "protocol/result.h"
#include "protocol/transport.h"

namespace gwageo {

/// A data directory that this process holds, until destroyed. Move-only; one thread.
class DataDirectory {
 public:
  enum class Missing { create, refuse };

  /// Takes the lock of `path`, makes what is missing (or answers not_found where there is no data
  /// directory and `missing` says refuse), and removes an endpoint that a killed coordinator left.
  /// unavailable: another process holds it, and still does after a second. not_allowed: it may not
  /// be entered. bad_input: `path` is something else, or of another format. corrupt: it has a store
  /// but no format.
  static Result<DataDirectory> open(const std::string& path, Missing missing);

  /// For an audit: keeps coordinators out while `path` is read, other readers not, and changes
  /// nothing there. A copy that nobody has used yet has no lock, and is read without. Errors as
  /// `open` with refuse.
  static Result<DataDirectory> open_for_reading(const std::string& path);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  ~DataDirectory();

  const std::string& path() const { return path_; }
  std::string keys_path() const { return path_ + "/keys"; }
  std::string store_path() const { return path_ + "/store"; }
  std::string tiles_path() const { return path_ + "/tiles"; }
  std::string log_path() const { return path_ + "/log"; }
  std::string checkpoint_path() const { return path_ + "/checkpoint"; }
  std::string incomplete_path() const { return path_ + "/incomplete"; }
  std::string socket_path() const { return path_ + "/socket"; }
  /// As an endpoint: "unix:DIR/socket".
  std::string local_endpoint() const { return std::string(unix_prefix) + socket_path(); }

  /// Notes durably what is missing here, for people, in lines; nothing: it is whole again.
  Status note_missing(const std::string& what);
  /// corrupt, with what is missing and what to do, while there is such a note.
  Status check_complete() const;

  /// Tells clients on this machine where to connect, and the next start which port it was.
  /// REQUIRES: one line.
  Status write_endpoint(std::string_view endpoint);
  /// The port of the last endpoint; empty when none is known.
  std::string last_port() const;
  Status remove_endpoint();

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

/// Where the coordinator of the data directory `path` listens, for a client on the same machine.
/// not_found when none runs there.
Result<std::string> read_endpoint(const std::string& path);
/// The cheapest way there: by the socket where it has one, else as `read_endpoint`.
Result<std::string> read_nearest_endpoint(const std::string& path);

}  // namespace gwageo
