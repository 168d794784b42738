// What the operator is told who adds a suite's next version.
#include "coordinator/suite_changes.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "coordinator/suite_files.h"
#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {
namespace {

class SuiteChange : public ::testing::Test {
 protected:
  SuiteChange() : hall_("2026-06-30") {}

  // A suite whose tasks, of one item each, are an axis of their own each.
  Json add(std::uint32_t version, const std::vector<std::string>& tasks) {
    const std::string data = "{\"id\":0,\"q\":\"7\"}\n";
    std::string axes;
    std::string list;
    for (const std::string& task : tasks) {
      axes += (axes.empty() ? "" : ", ") + task + "_axis: {weight: 1}";
      list += "  - task: " + task + "\n    axis: " + task +
              "_axis\n    output_type: generate_until\n"
              "    dataset_kwargs: {data_files: d.jsonl}\n    doc_to_text: '{{q}}?'\n"
              "    doc_to_target: '{{q}}'\n    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n"
              "    metric_list: [{metric: exact_match}]\n";
    }
    const std::string suite =
        "suite: s\nversion: " + std::to_string(version) + "\naxes: {" + axes + "}\ntasks:\n" + list;
    Manifest manifest{"s.yaml", {}, 0};
    for (const auto& [path, bytes] :
         std::map<std::string, std::string>{{"s.yaml", suite}, {"d.jsonl", data}}) {
      hall_.say("put", Json::object(), {bytes});
      manifest.files.push_back({path, bytes.size(), {sha256(bytes)}});
    }
    const Reply reply = hall_.say("suite.add", to_json(manifest));
    EXPECT_EQ(reply.code, ReplyCode::done) << reply.body;
    return Json::parse(reply.body).value();
  }
  static std::string warning(const Json& answer) {
    const Json* const found = answer.find("warning");
    return found == nullptr ? "" : found->as_string();
  }

  ExamHall hall_;
};

TEST_F(SuiteChange, ATaskLeftOutIsSaid) {
  EXPECT_EQ(warning(add(1, {"a", "b", "c"})), "");
  EXPECT_EQ(warning(add(2, {"b"})), "it leaves out task a, task c of version 1");
  EXPECT_EQ(warning(add(2, {"b"})), "");  // It is there: nothing changes.
  EXPECT_EQ(warning(add(3, {"b", "d"})), "");
}

TEST_F(SuiteChange, ATargetThatNamesWhatIsGoneIsSaid) {
  add(1, {"a", "b"});
  ASSERT_EQ(hall_
                .add_target("target: weighs\nsuite: s\nshare: 0.95\n"
                            "axes: {a_axis: {weight: 3}, b_axis: {weight: 1}}\n")
                .code,
            ReplyCode::done);
  ASSERT_EQ(hall_
                .add_target("target: pinned\nsuite: s@1\nshare: 0.95\n"
                            "axes: {a_axis: {weight: 3}, b_axis: {weight: 1}}\n")
                .code,
            ReplyCode::done);
  ASSERT_EQ(hall_.add_target("target: whole\nsuite: s\nshare: 0.95\n").code, ReplyCode::done);
  EXPECT_EQ(warning(add(2, {"b"})),
            "it leaves out task a of version 1; target weighs does not fit it: weighs:4:16: key "
            "'axes.a_axis': the suite has no axis a_axis; it has b_axis");
  const std::string other = warning(add(3, {"b", "c"}));
  EXPECT_NE(other.find("c_axis"), std::string::npos) << other;
  EXPECT_EQ(other.find("target pinned"), std::string::npos) << other;
}

}  // namespace
}  // namespace gwageo::testing
