#include "ops/zstd_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "coordinator/durable_file.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

class ZstdFile : public ::testing::Test {
 protected:
  ZstdFile() { path_ = folder_ + "/kept"; }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  ZstdWriter begun(Existing existing) {
    Result<ZstdWriter> file = ZstdWriter::create(path_, "magic", existing);
    EXPECT_TRUE(file) << file.error().message;
    EXPECT_TRUE(file->write("bytes"));
    return *std::move(file);
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::string path_;
};

TEST_F(ZstdFile, IsForItsOwnerAlone) {
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(begun(Existing::keep).finish());
  ::umask(mask);
  struct stat about = {};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  Result<ZstdReader> file = ZstdReader::open(path_, "magic");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file->read(5), "bytes");
  EXPECT_TRUE(*file->at_end());
}

TEST_F(ZstdFile, KeepsWhatCameWhileItWasWritten) {
  {
    ZstdWriter file = begun(Existing::keep);
    ASSERT_TRUE(replace_file(path_, "dear"));
    const Status finished = file.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().kind, ErrorKind::conflict) << finished.error().message;
  }
  EXPECT_EQ(*read_file(path_, 100), "dear");
  EXPECT_EQ(files(), 1u);
  EXPECT_TRUE(begun(Existing::replace).finish());
  EXPECT_NE(*read_file(path_, 100), "dear");
  EXPECT_EQ(files(), 1u);
}

TEST_F(ZstdFile, KeepsALinkThatLeadsNowhere) {
  std::filesystem::create_symlink("nowhere", path_);
  EXPECT_EQ(begun(Existing::keep).finish().error().kind, ErrorKind::conflict);
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace gwageo
