#include "coordinator/durable_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

class DurableFileTest : public ::testing::Test {
 protected:
  DurableFileTest() { path_ = folder_ + "/file"; }

  mode_t mode() const {
    struct stat about = {};
    EXPECT_EQ(::stat(path_.c_str(), &about), 0);
    return about.st_mode & 0777;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::string path_;
};

TEST_F(DurableFileTest, reads_back_what_was_written) {
  const std::string large(1 << 20, 'x');
  for (const std::string& bytes : {std::string(), std::string("\0\n", 2), large}) {
    ASSERT_TRUE(replace_file(path_, bytes));
    EXPECT_EQ(*read_file(path_, large.size()), bytes);
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(DurableFileTest, a_leftover_of_a_crash_is_overwritten) {
  ASSERT_TRUE(replace_file(path_ + ".new", "half of something long"));
  ASSERT_TRUE(replace_file(path_, "new", Readers::owner));
  EXPECT_EQ(*read_file(path_, 3), "new");
  EXPECT_EQ(mode(), 0600u);
  EXPECT_EQ(files(), 1u);
}

TEST_F(DurableFileTest, readers_decide_the_mode) {
  ASSERT_TRUE(replace_file(path_, "secret", Readers::owner));
  EXPECT_EQ(mode(), 0600u);
  ASSERT_TRUE(replace_file(path_, "public"));
  EXPECT_EQ(mode(), 0644u);
}

TEST_F(DurableFileTest, a_failed_replacement_leaves_the_old_file) {
  ASSERT_TRUE(std::filesystem::create_directory(path_));  // A file cannot be renamed over it.
  const Status refused = replace_file(path_, "new");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(path_), std::string::npos) << refused.error().message;
  EXPECT_TRUE(std::filesystem::is_directory(path_));
  EXPECT_EQ(files(), 1u);
}

TEST_F(DurableFileTest, errors_name_the_path_and_the_reason) {
  const Status refused = replace_file(folder_ + "/none/file", "bytes");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::not_found);
  EXPECT_NE(refused.error().message.find(folder_ + "/none/file"), std::string::npos);
  EXPECT_NE(refused.error().message.find("No such file"), std::string::npos);
}

TEST_F(DurableFileTest, never_writes_through_a_link) {
  const std::string elsewhere = folder_ + "/elsewhere";
  ASSERT_TRUE(replace_file(elsewhere, "kept"));
  std::filesystem::create_symlink(elsewhere, path_);
  ASSERT_TRUE(replace_file(path_, "bytes"));
  EXPECT_FALSE(std::filesystem::is_symlink(path_));
  std::filesystem::create_symlink(elsewhere, path_ + ".new");
  EXPECT_FALSE(replace_file(path_, "bytes"));
  EXPECT_EQ(*read_file(elsewhere, 4), "kept");
}

TEST_F(DurableFileTest, reading_is_bounded) {
  ASSERT_TRUE(replace_file(path_, "12345"));
  EXPECT_EQ(*read_file(path_, 5), "12345");
  EXPECT_EQ(read_file(path_, 4).error().kind, ErrorKind::bad_input);
  EXPECT_EQ(read_file(path_ + "2", 5).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_file(folder_, 5).error().kind, ErrorKind::bad_input);
  ASSERT_EQ(::mkfifo((path_ + "3").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path_ + "3", 5).error().kind, ErrorKind::bad_input);
}

TEST_F(DurableFileTest, removing_is_idempotent) {
  ASSERT_TRUE(replace_file(path_, "12345"));
  EXPECT_TRUE(remove_file(path_));
  EXPECT_TRUE(remove_file(path_));
  EXPECT_EQ(files(), 0u);
  EXPECT_FALSE(remove_file(folder_));
}

TEST_F(DurableFileTest, free_space_is_that_of_a_file_system) {
  EXPECT_GT(*free_bytes(folder_), 0u);
  EXPECT_EQ(free_bytes(path_).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace gwageo
