#include "ops/outlook_text.h"

#include "coordinator/words.h"
#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

std::string time_of(const Json& json, const char* key) {
  return in_words(seconds(number(json, key)));
}

// Of an estimate that counts items which are out for longer than was expected.
std::string still_out(const Json& json) {
  const std::int64_t late = number(json, "late_items");
  if (late == 0) return {};
  return ", with " + counted(late, "item") + " still out for longer than expected, " +
         time_of(json, "late_seconds") + " at most";
}

}  // namespace

std::string short_outlook(const Json& estimate) {
  return estimate.is_object() ? time_of(estimate, "expected_seconds") : "-";
}

std::string outlook_range(const Json& estimate) {
  return time_of(estimate, "expected_seconds") + " (" + time_of(estimate, "low_seconds") + " to " +
         time_of(estimate, "high_seconds") + ")";
}

std::string basis_text(const Json& json) {
  const std::string basis = shown(json, "basis");
  const Duration item = microseconds(number(json, "item_microseconds"));
  const std::string each = item < seconds(10)
                               ? decimal(static_cast<double>(item.microseconds) / 1e6, 3) + " s"
                               : in_words(item);
  if (basis == "prior" && number(json, "late_items") > 0) {
    return "a guess, as nobody has seen such an item end: " + each + " each" + still_out(json);
  }
  if (basis == "prior") return "a guess, as nobody has seen such an item run: " + each + " each";
  const std::string what = basis == "model_and_suite" ? "of this model on this suite"
                           : basis == "model"         ? "of this model on other suites"
                                                      : "of this suite on other models";
  return "learned from " + counted(number(json, "basis_items"), "item") + " " + what + ", " + each +
         " each" + still_out(json);
}

std::string late_text(const Json& job, const Json& estimate) {
  const Json* const due = job.find("due_in_seconds");
  if (due == nullptr || due->is_null() || !estimate.is_object()) return {};
  const std::int64_t late = number(estimate, "expected_seconds") - due->as_integer();
  return late > 0 ? "it is expected to be " + in_words(seconds(late)) + " late" : "";
}

std::string place_text(const Json& object) {
  if (shown(object, "position") == "-") return {};
  return "It is number " + shown(object, "position") + " of " + shown(object, "queued") +
         " of its team's jobs that wait for slots.\n";
}

std::string rest_text(const Json& job) {
  const bool is_scored = shown(job, "scored") == "true";
  return "The rest is for its own team, operators and auditors" +
         (is_scored ? ", but for its scores (gwageo results " + shown(job, "job") + ").\n"
                    : std::string(".\n"));
}

std::string slots_text(const Json& object, const char* key) {
  return decimal(static_cast<double>(number(object, key)) / 1000, 1);
}

}  // namespace gwageo
