#include "worker/agent.h"

#include <algorithm>

#include "protocol/check.h"
#include "protocol/limits.h"

namespace gwageo {
namespace {

/// Finished items wait at most this long for the rest of their lease.
constexpr Duration hand_in_after = milliseconds(250);
constexpr std::size_t seen_max = 1024;

std::size_t bytes_of(const ItemResult& item) {
  std::size_t bytes = 64;
  for (const std::string& response : item.responses) bytes += response.size() + 16;
  return bytes;
}

// In place of a response that no message could carry. Asking again would not make it shorter.
Response too_long(std::size_t bytes) {
  Response response;
  response.outcome = Outcome::refused_by_engine;
  response.error = "a response of " + std::to_string(bytes) + " bytes; an item's have at most " +
                   std::to_string(limits::item_bytes_max);
  return response;
}

}  // namespace

AgentItem* AgentLease::running_item(std::uint64_t index) {
  const auto item = std::lower_bound(
      items.begin(), items.end(), index,
      [](const AgentItem& each, std::uint64_t i) { return each.result.index < i; });
  const bool is_running = item != items.end() && item->result.index == index && item->missing > 0;
  return is_running ? &*item : nullptr;
}

Agent::Agent(AgentOptions options)
    : options_(std::move(options)),
      heartbeat_every_(limits::heartbeat),
      signer_(options_.worker, options_.signing),
      health_(options_.health),
      faults_(options_.slots) {
  GWAGEO_CHECK(options_.health.slots <= options_.slots);
  slots_.resize(options_.slots);
}

AgentActions Agent::start(Instant now) {
  now_ = now;
  say_hello();
  next_heartbeat_ = now_ + heartbeat_every_;
  tend_health();
  return take_actions();
}

AgentActions Agent::step(Instant now, AgentEvent event) {
  GWAGEO_CHECK(now >= now_);
  now_ = now;
  std::visit([this](auto& e) { on(std::move(e)); }, event);
  if (is_handing_over()) hand_over();
  hand_in_what_is_due();
  tend_health();
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) tend(slot);
  sign_what_is_due();
  send_results();
  finish_if_stopping();
  return take_actions();
}

AgentActions Agent::take_actions() {
  actions_.wake_at = next_heartbeat_;
  for (const auto& [id, held] : held_) {
    if (!held.finished_since) continue;
    actions_.wake_at = std::min(*actions_.wake_at, *held.finished_since + hand_in_after);
  }
  for (const Slot& slot : slots_) {
    if (slot.away_until > now_) actions_.wake_at = std::min(*actions_.wake_at, slot.away_until);
  }
  if (stop_by_) {
    actions_.wake_at = std::min(*actions_.wake_at, is_handing_over() ? *stop_by_ : hand_over_at_);
  }
  if (const std::optional<Instant> check = health_.wake_at(now_); check && !stop_by_) {
    actions_.wake_at = std::min(*actions_.wake_at, std::max(*check, now_));
  }
  if (const std::optional<Instant> due = signer_.due(); due && welcomed_) {
    actions_.wake_at = std::min(*actions_.wake_at, std::max(*due, now_));
  }
  return std::exchange(actions_, {});
}

std::vector<LeaseId> Agent::leases_held() const {
  std::set<LeaseId> leases = outbox_.leases();
  for (const auto& [id, held] : held_) leases.insert(id);
  return {leases.begin(), leases.end()};
}

// ---- the coordinator ----

void Agent::send(Message message) {
  actions_.sends.push_back(std::make_shared<const Message>(std::move(message)));
}

void Agent::say_hello() {
  send(Hello{limits::protocol_version, options_.worker, options_.name, options_.version,
             options_.engines, options_.slots, options_.credit_items, leases_held(), options_.gpus,
             options_.loads, true, cached_});
}

void Agent::heartbeat() {
  Heartbeat message{options_.worker, leases_held(), {}, cached_, stop_by_.has_value()};
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    message.slots.push_back({slots_[i].loaded, slots_[i].loading != Digest{}, faults_[i]});
  }
  send(std::move(message));
}

void Agent::on(MessageArrived&& e) {
  std::visit([this](auto& message) { receive(std::move(message)); }, e.message);
}

void Agent::receive(const Welcome& m) {
  welcomed_ = true;
  if (m.heartbeat > Duration{}) heartbeat_every_ = m.heartbeat;
  next_heartbeat_ = std::min(next_heartbeat_, now_ + heartbeat_every_);
  if (m.coordinator_life != coordinator_life_) outbox_.sent_in_vain();
  coordinator_life_ = m.coordinator_life;
  // A Hello does not say it.
  const auto is_well = [](const std::string& fault) { return fault.empty(); };
  if (!std::all_of(faults_.begin(), faults_.end(), is_well)) heartbeat();
}

void Agent::receive(const Refusal& m) {
  actions_.finished = true;
  actions_.ended_because = "the coordinator refuses this worker: " + m.reason;
}

void Agent::receive(const SayHello&) {
  welcomed_ = false;
  say_hello();
}

void Agent::receive(Grant&& m) {
  for (const Acknowledge& acknowledged : m.acknowledged) receive(acknowledged);
  if (seen_.contains(m.lease) || held_.contains(m.lease)) return;
  if (m.slot + m.width > slots_.size()) return;
  remember(m.lease);
  Held& held = held_[m.lease];
  held.slot = m.slot;
  held.width = m.width;
  held.class_key = m.class_key;
  held.unstarted = std::move(m.items);
  held.model = std::move(m.model);
  if (stop_by_) give_back(m.lease, GiveBackReason::draining, "");
}

void Agent::receive(const Shrink& m) {
  const auto it = held_.find(m.lease);
  if (it == held_.end()) return;
  Held& held = it->second;
  const auto removed = [&](std::uint64_t index) {
    return std::any_of(m.removed.begin(), m.removed.end(), [&](const Range& range) {
      return index >= range.begin && index < range.end;
    });
  };
  std::erase_if(held.unstarted, [&](const GrantItem& item) { return removed(item.index); });
  std::erase_if(held.items, [&](const Item& item) {
    if (!removed(item.result.index)) return false;
    if (item.missing > 0) --held.running;
    return true;
  });
  std::erase_if(held.finished, [&](const Item& item) { return removed(item.result.index); });
  if (held.finished.empty()) held.finished_since.reset();
  if (held.idle()) held_.erase(it);
}

void Agent::receive(const Revoke& m) {
  remember(m.lease);
  forget(m.lease);
}

void Agent::receive(const Acknowledge& m) {
  if (const std::optional<OutgoingResults> sent = outbox_.take(m.lease, m.chunk)) {
    signer_.recorded(std::get<Results>(*sent->message), sent->items, m.recorded);
  }
  if (m.stale) forget(m.lease);
}

void Agent::remember(LeaseId id) {
  seen_.insert(id);
  if (seen_.size() > seen_max) seen_.erase(seen_.begin());
}

// What was handed in is sent until it is acknowledged, even so: it may be on record, and then it
// has to be signed.
void Agent::forget(LeaseId id) { held_.erase(id); }

// ---- the engines ----

void Agent::start_items(LeaseId id, Held& held) {
  GWAGEO_CHECK(held.items.empty());
  StartCalls order{held.slot, {}};
  order.calls.reserve(held.unstarted.size());
  held.items.reserve(held.unstarted.size());
  // All of them before the first call, which may end at once.
  for (const GrantItem& granted : held.unstarted) {
    Item& item = held.items.emplace_back();
    item.result.index = granted.index;
    item.identity = {granted.digest, granted.repeat};
    item.result.responses.resize(granted.requests.size());
    item.missing = granted.requests.size();
  }
  std::sort(held.items.begin(), held.items.end());
  held.running = held.items.size();
  for (GrantItem& granted : held.unstarted) {
    for (std::uint32_t choice = 0; choice < granted.requests.size(); ++choice) {
      const std::uint64_t token = calls_.add({id, granted.index, choice});
      Result<Request> request = decode_request(granted.requests[choice]);
      if (!request) {
        Completion refused{token, {}};
        refused.response.outcome = Outcome::refused_by_engine;
        refused.response.error = request.error().message;
        finish_call(std::move(refused));
        continue;
      }
      order.calls.push_back(
          {token, granted.task, granted.item, granted.repeat, choice, *std::move(request)});
    }
  }
  held.unstarted.clear();
  if (!order.calls.empty()) actions_.orders.emplace_back(std::move(order));
}

void Agent::finish_call(Completion&& completion) {
  const std::optional<CallPlace> place = calls_.take(completion.token);
  if (!place) return;
  const auto it = held_.find(place->lease);
  if (it == held_.end()) return;  // The lease is over.
  Held& held = it->second;
  Item* const item = held.running_item(place->index);
  if (item == nullptr) return;  // Somebody else's since a split.
  item->result.responses[place->choice] = encode(completion.response);
  if (--item->missing > 0) return;
  std::size_t left = limits::item_bytes_max;
  for (std::string& bytes : item->result.responses) {
    if (bytes.size() > left) bytes = encode(too_long(bytes.size()));
    left -= std::min(left, bytes.size());
  }
  held.finished.push_back({std::move(item->result), item->identity, 0});
  if (!held.finished_since) held.finished_since = now_;
  --held.running;
}

void Agent::on(CallsEnded&& e) {
  if (!e.completions.empty()) {
    const CallPlace* const call = calls_.find(e.completions.front().token);
    const auto held = call == nullptr ? held_.end() : held_.find(call->lease);
    if (held != held_.end()) held->second.engine_time = held->second.engine_time + e.engine_time;
  }
  std::map<std::uint32_t, std::string> away;  // By slot, what was said.
  for (Completion& completion : e.completions) {
    const CallPlace* const call = completion.unreachable ? calls_.find(completion.token) : nullptr;
    const auto held = call == nullptr ? held_.end() : held_.find(call->lease);
    if (held != held_.end() && held->second.class_key == slots_[held->second.slot].loaded) {
      away.emplace(held->second.slot, completion.response.error);
    }
    finish_call(std::move(completion));
  }
  for (const auto& [slot, error] : away) lose_server(slot, error);
}

// What ended has used up a try, for it may have been what ended the server. All else goes back as
// it was, and the model has to be loaded again, which asks the server first.
void Agent::lose_server(std::uint32_t number, const std::string& error) {
  Slot& slot = slots_[number];
  slot.away = std::exchange(slot.loaded, Digest{});
  slot.away_until = now_ + server_pause;
  health_.incident(now_, number, slot.width);
  std::vector<LeaseId> unfinished;
  for (const auto& [id, held] : held_) {
    const bool is_left = held.running > 0 || !held.unstarted.empty();
    if (held.slot == number && held.class_key == slot.away && is_left) unfinished.push_back(id);
  }
  for (const LeaseId id : unfinished) give_back(id, GiveBackReason::unreachable, error);
}

// ---- handing in ----

// In as many messages as the bytes need.
void Agent::hand_in(LeaseId id, Held& held) {
  std::vector<Item> finished = std::exchange(held.finished, {});
  held.finished_since.reset();
  std::sort(finished.begin(), finished.end());
  for (auto from = finished.begin(); from != finished.end();) {
    Results results{
        options_.worker, id, held.next_chunk++, std::exchange(held.engine_time, {}), {}};
    std::size_t bytes = 0;
    std::vector<ItemIdentity> items;
    do {
      bytes += bytes_of(from->result);
      items.push_back(from->identity);
      results.items.push_back(std::move(from++->result));
    } while (from != finished.end() && bytes + bytes_of(from->result) <= results_bytes_usual);
    outbox_.put({std::make_shared<const Message>(std::move(results)), std::move(items), bytes});
  }
}

// A lease in one piece where that costs nobody anything. But the coordinator grants again when half
// of the credit is free, so that half does not wait for the rest when the rest is all that there is
// to do: else the engine would stand still from the end of a lease until the next one.
void Agent::hand_in_what_is_due() {
  std::vector<std::size_t> left(slots_.size());
  for (const auto& [id, held] : held_) left[held.slot] += held.unstarted.size() + held.running;
  const std::size_t credit = std::min<std::size_t>(options_.credit_items, limits::lease_items_max);
  for (auto it = held_.begin(); it != held_.end();) {
    Held& held = it->second;
    const bool complete = held.unstarted.empty() && held.running == 0;
    const bool due = held.finished_since && *held.finished_since + hand_in_after <= now_;
    const bool awaited = 2 * held.finished.size() >= credit && 2 * left[held.slot] <= credit;
    const bool now = complete || due || awaited || is_handing_over();
    if (now && !held.finished.empty()) hand_in(it->first, held);
    it = held.idle() ? held_.erase(it) : std::next(it);
  }
}

// Heartbeats of this step are before them, so that none waits behind bytes that it could precede.
void Agent::send_results() {
  for (auto& results : outbox_.next(now_)) actions_.sends.push_back(std::move(results));
}

void Agent::sign_what_is_due() {
  if (!welcomed_) return;
  if (std::optional<Batch> batch = signer_.next(now_, stop_by_.has_value() && held_.empty())) {
    send(*std::move(batch));
  }
}

void Agent::give_back(LeaseId id, GiveBackReason reason, const std::string& error) {
  const auto it = held_.find(id);
  if (it == held_.end()) return;
  if (!it->second.finished.empty()) hand_in(id, it->second);
  // What comes after the lease's end counts no more.
  for (auto& results : outbox_.all_of(id, now_)) actions_.sends.push_back(std::move(results));
  send(GiveBack{options_.worker, id, reason, error});
  held_.erase(it);
}

// What is in an engine may end in time; what waits for its model would not.
void Agent::on(const StopRequested&) {
  if (stop_by_) return;
  stop_by_ = now_ + options_.stop_grace;
  hand_over_at_ = std::max(now_, *stop_by_ - limits::stop_grace);
  // Before what is given back: else it would be granted again.
  if (welcomed_) heartbeat();
  std::vector<LeaseId> unstarted;
  for (const auto& [id, held] : held_) {
    if (!held.unstarted.empty()) unstarted.push_back(id);
  }
  for (const LeaseId id : unstarted) give_back(id, GiveBackReason::draining, "");
}

void Agent::hand_over() {
  std::vector<LeaseId> left;
  for (const auto& [id, held] : held_) left.push_back(id);
  for (const LeaseId id : left) give_back(id, GiveBackReason::draining, "");
}

void Agent::finish_if_stopping() {
  if (!stop_by_ || actions_.finished) return;
  const bool is_settled = held_.empty() && outbox_.empty() && signer_.idle();
  if (!is_settled && now_ < *stop_by_) return;
  send(Goodbye{options_.worker});
  actions_.finished = true;
}

void Agent::on(const TimePassed&) {
  if (now_ < next_heartbeat_) return;
  next_heartbeat_ = now_ + heartbeat_every_;
  if (!welcomed_) return say_hello();
  heartbeat();
  give_back_of_faulty_slots();
}

void Agent::check() const {
  for (const auto& [id, held] : held_) {
    GWAGEO_CHECK(held.slot + held.width <= slots_.size());
    GWAGEO_CHECK(held.finished.empty() != held.finished_since.has_value());
    GWAGEO_CHECK(std::is_sorted(held.items.begin(), held.items.end()));
    const auto running = std::count_if(held.items.begin(), held.items.end(),
                                       [](const Item& item) { return item.missing > 0; });
    GWAGEO_CHECK(held.running == static_cast<std::size_t>(running));
  }
}

}  // namespace gwageo
