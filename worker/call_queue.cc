#include "worker/call_queue.h"

#include <algorithm>
#include <compare>
#include <string>
#include <tuple>
#include <utility>

#include "protocol/check.h"

namespace gwageo {
namespace {

std::strong_ordering compare(const Request& a, const Request& b) {
  if (const auto order = a.prompt <=> b.prompt; order != 0) return order;
  return std::lexicographical_compare_three_way(
      a.messages.begin(), a.messages.end(), b.messages.begin(), b.messages.end(),
      [](const ChatMessage& x, const ChatMessage& y) {
        return std::tie(x.role, x.content) <=> std::tie(y.role, y.content);
      });
}

bool are_siblings(const Call& a, const Call& b) {
  return a.request.kind == RequestKind::likelihood && b.request.kind == RequestKind::likelihood &&
         a.task == b.task && a.item == b.item && a.repeat == b.repeat &&
         a.request.prompt == b.request.prompt;
}

}  // namespace

bool CallQueue::ByPrompt::operator()(const Waiting& a, const Waiting& b) const {
  const std::strong_ordering order = compare(a.call.request, b.call.request);
  return order != 0 ? order < 0 : a.number < b.number;
}

void CallQueue::push(Call call) { next_.insert({std::move(call), ++pushed_}); }

Call CallQueue::pop() {
  GWAGEO_CHECK(!empty());
  if (walk_.empty()) walk_.swap(next_);
  return std::move(walk_.extract(walk_.begin()).value().call);
}

std::vector<Call> CallQueue::pop_siblings(const Call& first) {
  std::vector<Call> found;
  for (Walk* const walk : {&walk_, &next_}) {
    auto it = walk->lower_bound(Waiting{first, 0});
    while (it != walk->end() && compare(it->call.request, first.request) == 0) {
      const auto here = it++;
      if (are_siblings(here->call, first)) {
        found.push_back(std::move(walk->extract(here).value().call));
      }
    }
  }
  std::ranges::sort(found, {}, &Call::choice);
  return found;
}

std::vector<Call> CallQueue::take_all() {
  std::vector<Waiting> waiting;
  for (Walk* const walk : {&walk_, &next_}) {
    while (!walk->empty()) waiting.push_back(std::move(walk->extract(walk->begin()).value()));
  }
  std::ranges::sort(waiting, {}, &Waiting::number);
  std::vector<Call> calls;
  calls.reserve(waiting.size());
  for (Waiting& each : waiting) calls.push_back(std::move(each.call));
  return calls;
}

}  // namespace gwageo
