#include "ops/connection_watch.h"

#include <algorithm>
#include <utility>

namespace gwageo {
namespace {

/// A coordinator that has just begun may not know its keys yet.
constexpr Duration refused_at_most = seconds(3);
/// One that begins or ends fails a handshake or two; each is tried again after about a second.
constexpr Duration foreign_at_most = seconds(10);
constexpr Duration foreigner_judged_within = seconds(3);
/// How long a wait is not spoken of; then it is, ever less often.
constexpr Duration silent_at_first = seconds(2);
constexpr Duration connection_silent_at_most = seconds(600);

std::string whole_seconds(Duration d) { return std::to_string(d.microseconds / 1000000) + " s"; }

}  // namespace

ConnectionWatch::ConnectionWatch(std::string principal, std::string endpoint,
                                 std::optional<Duration> within, Duration now)
    : principal_(std::move(principal)), endpoint_(std::move(endpoint)), within_(within) {
  begin_waiting(now);
}

void ConnectionWatch::begin_waiting(Duration now) {
  began_ = now;
  silent_for_ = silent_at_first;
  refused_since_.reset();
  failed_at_.reset();
  failing_since_.reset();
}

void ConnectionWatch::moved(std::string endpoint, Duration now) {
  endpoint_ = std::move(endpoint);
  begin_waiting(now);
}

Result<std::optional<ConnectionWatch::News>> ConnectionWatch::look(const ConnectionLook& seen,
                                                                   Duration now) {
  if (seen.state == ConnectionState::connected) return came(seen, now);
  if (std::exchange(connected_, false)) {
    begin_waiting(now);
    failed_handshakes_ = seen.failed_handshakes;
    return News{LogLevel::warning,
                "the connection to the coordinator is lost; it is tried on, and what runs goes on"};
  }
  GWAGEO_TRY(judge(seen, now));
  if (now - began_ <= silent_for_) return std::nullopt;
  silent_for_ = std::min(silent_for_ * 2, (now - began_) + connection_silent_at_most);
  return News{LogLevel::warning, connections_ == 0
                                     ? "no coordinator answers yet; it is tried on. Check that it "
                                       "runs, that its address and port are these, and that "
                                       "nothing in between blocks them"
                                     : "the coordinator has not answered for " +
                                           whole_seconds(now - began_) + "; it is tried on"};
}

std::optional<ConnectionWatch::News> ConnectionWatch::came(const ConnectionLook& seen,
                                                           Duration now) {
  const bool was_connected = std::exchange(connected_, true);
  const std::uint64_t before = std::exchange(connections_, seen.connections);
  failed_handshakes_ = seen.failed_handshakes;
  if (before == 0 || before == seen.connections) return std::nullopt;
  // Also when the loss and the return both lay between two looks.
  return News{LogLevel::info,
              was_connected
                  ? "the connection to the coordinator was lost and is there again"
                  : "the coordinator answers again, after " + whole_seconds(now - began_)};
}

Status ConnectionWatch::unknown_key() const {
  return fail(ErrorKind::not_allowed, "the coordinator at " + endpoint_ +
                                          " does not know the key of " + principal_ +
                                          "; register it there (gwageo keys new worker)");
}

Status ConnectionWatch::foreign_key() const {
  return fail(ErrorKind::not_allowed, "the key file of " + principal_ +
                                          " does not fit whoever answers at " + endpoint_ +
                                          ": it is for another coordinator, or the address is "
                                          "wrong");
}

Status ConnectionWatch::judge(const ConnectionLook& seen, Duration now) {
  if (seen.state == ConnectionState::key_refused) {
    if (!refused_since_) refused_since_ = now;
    if (now - *refused_since_ > refused_at_most) return unknown_key();
  } else {
    refused_since_.reset();
  }
  if (seen.failed_handshakes > failed_handshakes_) {
    if (!failed_at_ || now - *failed_at_ > foreigner_judged_within) failing_since_ = now;
    failed_at_ = now;
    failed_handshakes_ = seen.failed_handshakes;
    if (now - *failing_since_ > foreign_at_most) return foreign_key();
  }
  if (within_ && connections_ == 0 && now - began_ > *within_) {
    // Somebody answered to the end, who has said no already.
    if (refused_since_) return unknown_key();
    if (failed_at_ && now - *failed_at_ <= foreigner_judged_within) return foreign_key();
    return fail(ErrorKind::unavailable, "no coordinator answered at " + endpoint_ + " within " +
                                            whole_seconds(*within_) + " (--connect-within)");
  }
  return {};
}

}  // namespace gwageo
