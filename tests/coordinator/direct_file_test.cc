// Writes past the page cache, and what becomes of them where there is no such way.
#include "coordinator/direct_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

namespace fs = std::filesystem;

class DirectFileTest : public ::testing::Test {
 protected:
  DirectFileTest() {
    path_ = root_ / "file";
    std::ofstream(path_) << std::string(4096, '.');
  }

  static void fill(SectorBuffer& buffer, const std::string& bytes) {
    buffer.reset(bytes.size());
    std::memcpy(buffer.data(), bytes.data(), bytes.size());
  }

  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const testing::TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
  fs::path path_;
  std::shared_ptr<WriteQueue> queue_ = std::make_shared<WriteQueue>();
};

TEST_F(DirectFileTest, a_buffer_is_whole_sectors_with_zeros_at_the_end) {
  SectorBuffer buffer;
  EXPECT_TRUE(buffer.view().empty());
  fill(buffer, std::string(600, 'x'));
  EXPECT_EQ(buffer.view(), std::string(600, 'x') + std::string(424, '\0'));
  fill(buffer, std::string(5, 'y'));
  EXPECT_EQ(buffer.view(), std::string(5, 'y') + std::string(507, '\0'));
  fill(buffer, std::string(512, 'z'));
  EXPECT_EQ(buffer.view(), std::string(512, 'z'));
}

TEST_F(DirectFileTest, what_was_begun_is_there_after_waiting) {
  DirectFile file(queue_, path_);
  SectorBuffer bytes;
  fill(bytes, "hello");
  // A file system without this way is no failure: the caller writes as usual.
  if (!file.begin(512, bytes)) GTEST_SKIP() << "no direct writes on " << root_;
  if (!file.wait()) GTEST_SKIP() << "no direct writes of single sectors on " << root_;
  const std::string sector = "hello" + std::string(507, '\0');
  EXPECT_EQ(content(), std::string(512, '.') + sector + std::string(3072, '.'));
  EXPECT_TRUE(file.wait());  // Nothing is under way.
  fill(bytes, std::string(1000, 'x'));
  ASSERT_TRUE(file.begin(4096, bytes));  // The file grows.
  ASSERT_TRUE(file.wait());
  EXPECT_EQ(fs::file_size(path_), 4096U + 1024U);
}

TEST_F(DirectFileTest, one_that_cannot_be_opened_begins_nothing) {
  DirectFile file(queue_, root_ / "other");
  SectorBuffer bytes;
  fill(bytes, "hello");
  EXPECT_FALSE(file.begin(0, bytes));
  EXPECT_TRUE(file.wait());
}

TEST_F(DirectFileTest, a_write_that_fails_says_so) {
  DirectFile file(queue_, path_);
  SectorBuffer bytes;
  fill(bytes, "hello");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 4096;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const bool is_written = file.begin(4096, bytes) && file.wait();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(is_written);
  EXPECT_EQ(content(), std::string(4096, '.'));
}

}  // namespace
}  // namespace gwageo
