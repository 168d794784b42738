#include "worker/fast_path.h"

#include <cstdio>
#include <utility>

#include "protocol/bytes.h"
#include "protocol/check.h"
#include "protocol/quick_hash.h"
#include "worker/openai_scores.h"

namespace gwageo {
namespace {

/// Tasks that do not suit are remembered, so many of them.
constexpr std::size_t tasks_max = 4096;
/// Two tokens that are as good as equally probable change places in one of so many, at most.
constexpr std::uint64_t ties = 50;

std::string with_six_digits(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", number);
  return text;
}

std::uint64_t number_of(std::uint64_t secret, std::uint64_t number) {
  ByteWriter drawn;
  drawn.u64(secret);
  drawn.u64(number);
  return quick_hash(drawn.bytes());
}

}  // namespace

std::string disagreement(const Response& fast, const Response& slow) {
  if (!is_scored(fast.outcome)) return "had no answer (" + fast.error + "), and the slow one has";
  if (!sums_agree(fast.log_probability, slow.log_probability)) {
    return "gave log-probability " + with_six_digits(fast.log_probability) + ", and the slow one " +
           with_six_digits(slow.log_probability);
  }
  if (fast.tokens != slow.tokens) {
    return "gave " + std::to_string(fast.tokens) + " tokens, and the slow one " +
           std::to_string(slow.tokens);
  }
  return {};
}

bool FastPath::tries(const std::string& task) const {
  if (!is_open_) return false;
  const auto known = unsuited_.find(task);
  return known == unsuited_.end() || known->second < unsuited_max;
}

FastPath::Use FastPath::next() {
  GWAGEO_CHECK(is_open_);
  const std::uint64_t number = asked_++;
  if (agreed_ < compared_first) return Use::both;
  return number_of(secret_, number) % compared_again == 0 ? Use::both : Use::fast;
}

std::size_t FastPath::draw(std::size_t count) {
  GWAGEO_CHECK(count > 0);
  return static_cast<std::size_t>(number_of(~secret_, drawn_++) % count);
}

void FastPath::note(const std::string& task, bool suits) {
  if (suits) {
    unsuited_.erase(task);
  } else if (unsuited_.size() < tasks_max || unsuited_.contains(task)) {
    ++unsuited_[task];
  }
}

bool FastPath::compared(const std::vector<std::optional<Response>>& fast,
                        const std::vector<Response>& slow) {
  GWAGEO_CHECK(fast.size() == slow.size());
  bool is_any = false;
  bool is_all = true;
  for (std::size_t i = 0; i < fast.size(); ++i) {
    if (!fast[i]) continue;
    if (!is_scored(slow[i].outcome)) {
      is_all = false;
      continue;
    }
    is_any = true;
    const std::string differs = disagreement(*fast[i], slow[i]);
    if (!differs.empty()) {
      close("the fast way " + differs);
      return false;
    }
    if (fast[i]->greedy || slow[i].greedy) ++greedy_;
    if (fast[i]->greedy != slow[i].greedy) ++greedy_differ_;
  }
  if (greedy_differ_ > 1 + greedy_ / ties) {
    close("in " + std::to_string(greedy_differ_) + " of " + std::to_string(greedy_) +
          " requests it is not the same whether they were the most probable");
    return false;
  }
  if (is_any) ++agreed_;
  return is_any && is_all && is_open_;
}

void FastPath::close(std::string reason) {
  if (!is_open_) return;
  is_open_ = false;
  reason_ = std::move(reason);
}

Json FastPath::to_json() const {
  Json json = Json::object();
  json["open"] = is_open_;
  json["closed_because"] = reason_;
  json["asked"] = asked_;
  json["compared"] = agreed_;
  return json;
}

}  // namespace gwageo
