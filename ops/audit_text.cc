#include "ops/audit_text.h"

#include "ops/output.h"
#include "ops/table.h"

namespace gwageo {
namespace {

std::string joined_members(const Json& object, std::string_view key) {
  std::string text;
  for (const Json& name : list(object, key)) {
    text += (text.empty() ? "" : ", ") + (name.is_string() ? name.as_string() : std::string());
  }
  return text;
}

std::string detects_text(const Json& report) {
  const Json& detects = member(report, "detects");
  if (detects.is_null()) return {};
  const std::string share = "of a forged share of " + shown(detects, "forged_share") + " it ";
  const std::string enough = shown(detects, "sample_for_99");
  const std::string takes =
      enough == "-" ? " (all of the job is too few for 99 %)\n" : " (99 % takes " + enough + ")\n";
  if (shown(report, "mode") == "exact") {
    return share + "meets an item with " + score_text(detects, "chance") + takes;
  }
  return share + "meets an item with " + score_text(detects, "meets") + ", and is refused with " +
         score_text(detects, "chance") + takes;
}

}  // namespace

std::string signers_text(const Json& seed_root) {
  const std::string cosigned = joined_members(seed_root, "cosigned_by");
  const std::string unchecked = joined_members(seed_root, "unchecked");
  std::string text = cosigned.empty() ? "only the coordinator's own signature fixed it"
                                      : "signed by the coordinator and cosigned by " + cosigned;
  if (!unchecked.empty()) {
    text += "; that of " + unchecked + " was not checked, as no --policy names the key";
  }
  return text;
}

std::string seed_root_text(const Json& seed_root) {
  if (seed_root.is_null()) return {};
  if (shown(seed_root, "ok") != "true") return shown(seed_root, "reason") + "\n";
  return "before the number was told, the root was fixed by a checkpoint over " +
         shown(seed_root, "checkpoint_size") + " records: " + signers_text(seed_root) +
         "\nthe proof of that is kept in " + shown(seed_root, "file") + "\n";
}

std::string recount_text(const Json& recount) {
  if (recount.is_null()) return {};
  if (shown(recount, "error") != "-") {
    return "NOT compared again here, so this is the coordinator's word alone: " +
           shown(recount, "error") + "\n";
  }
  if (shown(recount, "reason") != "-") {
    return "NOT good: the record that it rests on does not hold: " + shown(recount, "reason") +
           "\n";
  }
  const std::string from = "from " + shown(recount, "records") + " signed records";
  if (shown(recount, "ok") == "true") {
    return "compared again here, " + from + ": as the coordinator says\n";
  }
  std::string text = "NOT what the coordinator says. Compared again here, " + from + ":\n";
  for (const Json& one : list(recount, "differing")) {
    text += "- " + (one.is_string() ? one.as_string() : std::string()) + "\n";
  }
  return text;
}

std::string audit_text(const Json& report) {
  std::string text = "audit " + shown(report, "audit") + " of job " + shown(report, "job") + " (" +
                     shown(report, "model") + " on " + shown(report, "suite") +
                     "): " + shown(report, "verdict") + "\n";
  if (shown(report, "old") == "true") {
    text += "this number drew its sample before: it is the old audit, and nothing was run anew\n";
  }
  for (const Json& reason : list(report, "reasons")) {
    text += "- " + (reason.is_string() ? reason.as_string() : std::string()) + "\n";
  }
  text += "sample of " + shown(report, "sample") + " from " + shown(report, "population") +
          " items, root of the first " + shown(report, "size") + " records " +
          shown(report, "root") + "\n";
  text += seed_root_text(member(report, "seed_root")) + recount_text(member(report, "recount")) +
          detects_text(report);
  TextTable table({"task", "item", "ran on", "replayed on"});
  for (const Json& one : list(report, "differing")) {
    table.add(
        {shown(one, "task"), shown(one, "item"), shown(one, "ran_on"), shown(one, "replayed_on")});
  }
  return table.empty() ? text : text + "\n" + table.text();
}

}  // namespace gwageo
