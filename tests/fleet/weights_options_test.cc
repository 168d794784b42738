// What a person says of a weights cache.
#include "ops/weights_options.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

TEST(WeightsOptions, SizesAreWholeNumbersOfAUnit) {
  EXPECT_EQ(parse_bytes("1200KB"), 1'200'000u);
  EXPECT_EQ(parse_bytes("3KiB"), 3072u);
  EXPECT_EQ(parse_bytes("5MB"), 5'000'000u);
  EXPECT_EQ(parse_bytes("2TiB"), std::uint64_t{2} << 40);
  EXPECT_EQ(parse_bytes("4194304TiB"), std::uint64_t{1} << 62);
  for (const char* const text :
       {"4194305TiB", "much", "GB", "1.5GB", "-1GB", "1 GB", "1gb", "5B", "500", ""}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

TEST(WeightsOptions, ASizeThatIsNoneNamesTheUnits) {
  Invocation arguments;
  arguments.add("weights-cache", "/w");
  EXPECT_EQ(check_weights_options(arguments).error().message,
            "a weights cache needs --weights-quota SIZE, such as 500GB or 2TiB");
  arguments.add("weights-quota", "much");
  EXPECT_EQ(check_weights_options(arguments).error().message,
            "--weights-quota: \"much\" is no size such as 500GB or 2TiB: a whole number of KB, MB, "
            "GB, TB, KiB, MiB, GiB or TiB");
  arguments.add("weights-quota", "1200KB");
  EXPECT_TRUE(check_weights_options(arguments));
}

TEST(WeightsOptions, AQuotaThatHoldsNoModelIsNone) {
  Invocation arguments;
  arguments.add("weights-cache", "/w");
  for (const std::string quota : {"0GB", "1KB", "999KB"}) {
    arguments.add("weights-quota", quota);
    EXPECT_EQ(check_weights_options(arguments).error().message,
              "--weights-quota: \"" + quota +
                  "\" is less than 1MB, and holds no model: give a size such as 500GB or 2TiB");
  }
  arguments.add("weights-quota", "0");
  EXPECT_NE(check_weights_options(arguments).error().message.find("is no size such as 500GB"),
            std::string::npos);
  arguments.add("weights-quota", "1MB");
  EXPECT_TRUE(check_weights_options(arguments));
}

}  // namespace
}  // namespace gwageo
