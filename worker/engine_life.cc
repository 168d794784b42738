#include "worker/engine_life.h"

#include <algorithm>
#include <utility>

namespace gwageo {
namespace {

std::string in_words(Duration time) {
  const std::int64_t tenths = time.microseconds / 100000;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) +
         " s";
}

}  // namespace

std::string_view to_string(EngineEnd end) {
  switch (end) {
    case EngineEnd::exited: return "exited";
    case EngineEnd::crashed: return "crashed";
    case EngineEnd::killed: return "killed";
    case EngineEnd::out_of_memory: return "out_of_memory";
    case EngineEnd::keeper_lost: return "keeper_lost";
    case EngineEnd::port_taken: return "port_taken";
    case EngineEnd::not_started: return "not_started";
  }
  return "unknown";
}

EngineTodo EngineLife::step(Duration now, const EngineEvent& event) {
  now_ = std::max(now_, now);
  std::visit([this](const auto& each) { on(each); }, event);
  return std::exchange(todo_, {});
}

std::optional<Duration> EngineLife::wake_at() const {
  switch (phase_) {
    case Phase::down: return is_wanted_ ? std::optional(not_before_) : std::nullopt;
    case Phase::starting: {
      const Duration late = began_ + rules_.ready_at_most;
      return is_asked_ || is_opening_ ? late : std::min(late, ask_at_);
    }
    case Phase::serving:
      if (is_asked_) return std::nullopt;
      if (!is_idle_) return heard_at_ + rules_.quiet_at_most;
      if (rules_.idle_at_most == Duration{}) return std::nullopt;
      return idle_since_ + rules_.idle_at_most;
    case Phase::stopping: return std::nullopt;
  }
  return std::nullopt;
}

void EngineLife::start() {
  phase_ = Phase::starting;
  began_ = now_;
  ask_at_ = now_ + rules_.ask_every;
  is_asked_ = false;
  is_opening_ = false;
  is_known_failed_ = false;
  ++starts_;
  todo_.acts.push_back(EngineAct::start);
}

void EngineLife::ask() {
  is_asked_ = true;
  todo_.acts.push_back(EngineAct::ask_health);
}

void EngineLife::fail(std::string why, bool may_get_better) {
  is_known_failed_ = true;
  todo_.failed = std::move(why);
  todo_.may_get_better = may_get_better;
}

void EngineLife::on(const EngineWanted&) {
  if (phase_ == Phase::serving || phase_ == Phase::starting) return;
  is_wanted_ = true;
  if (phase_ == Phase::down && now_ >= not_before_) start();
}

void EngineLife::on(const HealthAnswered& event) {
  if (!is_asked_) return;
  is_asked_ = false;
  if (phase_ == Phase::starting) {
    if (is_opening_) return;
    ask_at_ = now_ + rules_.ask_every;
    if (!event.is_well) return;
    is_opening_ = true;
    todo_.acts.push_back(EngineAct::open);
  } else if (phase_ == Phase::serving) {
    heard_at_ = now_;
    if (event.is_well) return;
    fail("it gave no answer for " + in_words(rules_.quiet_at_most) +
             " and none at its health route: it hangs, and was killed",
         true);
    phase_ = Phase::stopping;
    todo_.acts.push_back(EngineAct::kill);
  }
}

void EngineLife::on(const EngineOpened& event) {
  if (phase_ != Phase::starting || !is_opening_) return;
  is_opening_ = false;
  if (event.error.empty()) {
    phase_ = Phase::serving;
    is_wanted_ = false;
    start_took_ = now_ - began_;
    heard_at_ = now_;
    idle_since_ = now_;
    is_idle_ = true;
    ports_in_row_ = 0;
    return;
  }
  fail(event.error, false);
  phase_ = Phase::stopping;
  is_wanted_ = false;
  todo_.acts.push_back(EngineAct::kill);
}

void EngineLife::on(const ProcessEnded& event) {
  const Phase before = std::exchange(phase_, Phase::down);
  is_asked_ = false;
  is_opening_ = false;
  if (before == Phase::down) return;
  if (before == Phase::stopping || is_known_failed_) {
    not_before_ = is_known_failed_ ? now_ + rules_.restart_after : now_;
    if (is_wanted_ && now_ >= not_before_) start();
    return;
  }
  const bool is_foreign = event.how == EngineEnd::killed || event.how == EngineEnd::keeper_lost;
  if (before == Phase::starting) {
    const bool again = event.how == EngineEnd::port_taken ? ++ports_in_row_ < rules_.ports_max
                       : is_foreign                       ? ++kills_in_row_ < rules_.starts_max
                                                          : false;
    if (again) return start();
    is_wanted_ = false;
    not_before_ = now_ + rules_.restart_after;
    return fail("before it was ready " + event.words,
                is_foreign || event.how == EngineEnd::port_taken);
  }
  is_wanted_ = false;
  if (is_idle_) {  // Nobody waits for it: the next call starts it again.
    not_before_ = now_;
    return;
  }
  not_before_ = now_ + rules_.restart_after;
  fail(event.words, true);
}

void EngineLife::on(const CallAnswered&) {
  heard_at_ = now_;
  kills_in_row_ = 0;
}

void EngineLife::on(const CallTimedOut&) {
  if (phase_ == Phase::serving && !is_asked_) ask();
}

void EngineLife::on(const EngineTime& event) {
  if (phase_ == Phase::down) {
    is_wanted_ = is_wanted_ || event.calls > 0;
    if (is_wanted_ && now_ >= not_before_) start();
  } else if (phase_ == Phase::starting) {
    if (now_ >= began_ + rules_.ready_at_most && !is_opening_) {
      fail("it was not ready within " + in_words(rules_.ready_at_most) + ", and was killed", false);
      is_wanted_ = false;
      phase_ = Phase::stopping;
      todo_.acts.push_back(EngineAct::kill);
    } else if (!is_asked_ && !is_opening_ && now_ >= ask_at_) {
      ask();
    }
  } else if (phase_ == Phase::serving) {
    if (event.calls > 0 && is_idle_) heard_at_ = now_;
    if (event.calls == 0 && !is_idle_) idle_since_ = now_;
    is_idle_ = event.calls == 0;
    if (!is_idle_ && !is_asked_ && now_ >= heard_at_ + rules_.quiet_at_most) return ask();
    const bool may_stop = is_idle_ && rules_.idle_at_most > Duration{} && !is_asked_;
    if (may_stop && now_ >= idle_since_ + rules_.idle_at_most) {
      phase_ = Phase::stopping;
      todo_.acts.push_back(EngineAct::stop);
    }
  }
}

}  // namespace gwageo
