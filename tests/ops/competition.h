// A finished competition with its data directory, and what people kept of it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/coordinator/programme_hall.h"
#include "tests/ops/kept_log.h"

namespace gwageo::testing {

/// Three teams, references of two generations, a lease that was lost.
class Competition : public ProgrammeHall {
 public:
  Competition() : kept_(log, 7) {
    kept_.found(store());
    EXPECT_TRUE(kept_.start(store()));
    target();
    EXPECT_EQ(open("s-1"), "done");
    for (int i = 0; i < 6; ++i) {
      for (const std::string team : {"red", "blue", "green"}) {
        Json body = model(team + std::to_string(i) + "-" + std::to_string(90 + 10 * i), "candidate",
                          "2026-06-0" + std::to_string(1 + i));
        body["team"] = team;
        say("model.add", body);
        examine();
      }
      if (i == 2) lose_a_lease();
      if (i == 3) publish(&early_);
      if (i == 4) add_model("ref-130", "reference", "2026-06-20");
    }
    EXPECT_EQ(close("s-1", "it is over"), "done");
    pass(seconds(3));
    publish(&final_);
    EXPECT_TRUE(kept_.keep_mirror());
    kept_.stop(store());
  }

  const KeptLog& kept() const { return kept_; }
  std::string early() const { return early_; }  ///< A checkpoint from the middle of it,
  std::string final() const { return final_; }  ///< its last one,
  std::string mirror() const { return kept_.held().back(); }  ///< and all that was published.

 private:
  /// Its key is replaced while it has a lease in its hands.
  void lose_a_lease() {
    answers = false;
    EXPECT_EQ(tell("submit", Json::Object{{"request", "again"},
                                          {"model", "weak-20"},
                                          {"suite", "s"},
                                          {"skip_lookup", true}}),
              "done");
    EXPECT_EQ(tell("keys.rotate", Json::Object{{"name", "pool"},
                                               {"curve_key", to_hex(sha256("pool-2"))},
                                               {"sign_key", to_hex(sign_key_of("pool-2"))}}),
              "done");
    sign_with("pool", "pool-2");
    answers = true;
    join();
    examine();
  }
  void publish(std::string* kept) {
    EXPECT_TRUE(kept_.log().guard(head_of(store(), log)));
    for (int turn = 0; turn < 2; ++turn) {
      EXPECT_TRUE(kept_.log().publish(PublishedLog::Until::now));
      for (const std::size_t i : {0, 1}) EXPECT_TRUE(kept_.cosign(i, 1'700'000'000));
    }
    EXPECT_TRUE(kept_.log().publish(PublishedLog::Until::now));
    EXPECT_TRUE(kept_.keep_checkpoint());
    *kept = kept_.held().back();
  }

  KeptLog kept_;
  std::string early_;
  std::string final_;
};

}  // namespace gwageo::testing
