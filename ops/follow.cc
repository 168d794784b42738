#include "ops/follow.h"

#include <chrono>
#include <thread>

#include "ops/output.h"
#include "ops/progress.h"

namespace gwageo {
namespace {

constexpr Duration away_at_most = seconds(60);
constexpr auto look_first = std::chrono::milliseconds(50);
constexpr auto look_most = std::chrono::milliseconds(500);

}  // namespace

Result<Json> follow(Client& client, const std::string& job) {
  const SystemClock clock;
  Duration seen_at = clock.monotonic();
  Progress progress("job " + job, "answers");
  Json body;
  body["job"] = job;
  for (auto pause = look_first;; pause = std::min(pause * 5 / 4, look_most)) {
    const Result<VerbAnswer> answer = client.call("status", body);
    const Duration now = clock.monotonic();
    if (answer) {
      seen_at = now;
      const Json& items = member(answer->body, "items");
      progress.show(static_cast<std::uint64_t>(number(items, "done") + number(items, "failed")),
                    static_cast<std::uint64_t>(number(items, "total")));
      const std::string state = shown(answer->body, "state");
      const bool is_over =
          state == "complete" ? shown(answer->body, "scored") == "true" : state != "running";
      if (is_over || answer->body.find("damaged") != nullptr) return answer->body;
    } else if (answer.error().kind != ErrorKind::unavailable || now - seen_at > away_at_most) {
      return tl::unexpected(answer.error());
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace gwageo
