// What a server was found unfit for when its model was added stays so until an operator says
// otherwise.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/state.h"
#include "tests/coordinator/small_pool.h"

namespace gwageo::testing {
namespace {

class RefusedModels : public SmallPool {
 protected:
  static std::string body(const std::string& options) {
    return R"({"name": "far", "role": "candidate", "released": "2026-10-01", "engine": "openai", )"
           R"("path": "http://far/v1", "team": "red", "digest": ")" +
           to_hex(sha256("far")) + R"(", "options": {"model": "m")" + options + "}}";
  }
  /// Of what may be corrected: role and team stay.
  static std::string correction(const std::string& options) {
    return R"({"name": "far", "engine": "openai", "path": "http://far/v1", "digest": ")" +
           to_hex(sha256("far")) + R"(", "options": {"model": "m")" + options + "}" + why + "}";
  }
  void SetUp() override {
    const Said added = say(of_team("red"), "model.add", body(found));
    ASSERT_EQ(added.code, ReplyCode::done) << added.text;
  }
  bool is_refused_still() const {
    return state().model("far")->options.contains("refused_likelihood");
  }
  static constexpr const char* why = R"(, "reason": "it is mended")";
  const std::string found = R"(, "refused_likelihood": "two sums for one request")";
};

TEST_F(RefusedModels, ATeamDoesNotTakeBackWhatWasFound) {
  for (const char* const verb : {"model.correct", "model.add"}) {
    const bool is_correction = std::string(verb) == "model.correct";
    const Said refused = say(of_team("red"), verb, is_correction ? correction("") : body(""));
    EXPECT_EQ(refused.code, ReplyCode::not_allowed) << verb;
    EXPECT_NE(refused.text.find("two sums for one request"), std::string::npos) << refused.text;
    EXPECT_NE(refused.text.find("ask an operator"), std::string::npos) << refused.text;
    EXPECT_TRUE(is_refused_still()) << verb;
  }
  // It may correct all else.
  const Said corrected =
      say(of_team("red"), "model.correct", correction(found + R"(, "window": "512")"));
  EXPECT_EQ(corrected.code, ReplyCode::done) << corrected.text;
}

TEST_F(RefusedModels, AnOperatorDoes) {
  const Said corrected = say(op(), "model.correct", correction(""));
  EXPECT_EQ(corrected.code, ReplyCode::done) << corrected.text;
  EXPECT_FALSE(is_refused_still());
}

}  // namespace
}  // namespace gwageo::testing
