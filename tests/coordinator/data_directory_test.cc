#include "coordinator/data_directory.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "coordinator/durable_file.h"
#include "tests/temporary_folder.h"

namespace gwageo {
namespace {

using Missing = DataDirectory::Missing;

class DataDirectoryTest : public ::testing::Test {
 protected:
  DataDirectoryTest() { path_ = folder_ + "/outer/data"; }

  static unsigned mode_of(const std::string& path) {
    struct stat about = {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 0777;
  }
  static void make_socket(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(file, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0) << path;
    ::close(file);
  }
  // Opens `path_` and lets go of it again.
  void make() {
    const auto made = DataDirectory::open(path_, Missing::create);
    ASSERT_TRUE(made) << made.error().message;
  }
  void expect_refused(ErrorKind kind, const std::string& part) {
    const auto refused = DataDirectory::open(path_, Missing::create);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, kind) << refused.error().message;
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
  std::string path_;
};

TEST_F(DataDirectoryTest, makes_everything_once) {
  {
    const auto data = DataDirectory::open(path_, Missing::create);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->path(), path_);
    for (const std::string& made :
         {data->keys_path(), data->store_path(), data->tiles_path(), data->log_path()}) {
      EXPECT_TRUE(std::filesystem::is_directory(made)) << made;
    }
    EXPECT_EQ(data->checkpoint_path(), path_ + "/checkpoint");
    EXPECT_EQ(*read_file(path_ + "/format", 100), "gwageo 1\n");
    EXPECT_EQ(mode_of(data->keys_path()), 0700u);
    ASSERT_TRUE(replace_file(data->store_path() + "/CURRENT", "x"));
  }
  EXPECT_TRUE(DataDirectory::open(path_, Missing::refuse));
}

TEST_F(DataDirectoryTest, is_made_for_its_owner_alone) {
  std::filesystem::create_directories(path_);
  ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
  make();
  EXPECT_EQ(mode_of(path_), 0700u) << "an empty folder that was there";
  // Opened on purpose; the keys stay closed whatever happens.
  ASSERT_EQ(::chmod(path_.c_str(), 0750), 0);
  ASSERT_EQ(::chmod((path_ + "/keys").c_str(), 0755), 0);
  make();
  EXPECT_EQ(mode_of(path_), 0750u);
  EXPECT_EQ(mode_of(path_ + "/keys"), 0700u);
}

TEST_F(DataDirectoryTest, one_at_a_time) {
  auto first = DataDirectory::open(path_, Missing::create);
  ASSERT_TRUE(first);
  expect_refused(ErrorKind::unavailable,
                 "another coordinator uses " + path_ + " (pid " + std::to_string(::getpid()) + ")");
  DataDirectory moved = std::move(*first);
  expect_refused(ErrorKind::unavailable, "another coordinator");
  first = fail(ErrorKind::io, "gone");  // Destroys what was moved from: the lock is elsewhere.
  expect_refused(ErrorKind::unavailable, "another coordinator");
  { const DataDirectory last = std::move(moved); }
  EXPECT_TRUE(DataDirectory::open(path_, Missing::create));
}

TEST_F(DataDirectoryTest, moving_over_another_lets_go_of_it_in_the_end) {
  {
    auto one = DataDirectory::open(path_, Missing::create);
    auto two = DataDirectory::open(folder_ + "/two", Missing::create);
    ASSERT_TRUE(one && two);
    *one = std::move(*two);
    EXPECT_EQ(one->path(), folder_ + "/two");
  }
  EXPECT_TRUE(DataDirectory::open(path_, Missing::refuse));
  EXPECT_TRUE(DataDirectory::open(folder_ + "/two", Missing::refuse));
}

TEST_F(DataDirectoryTest, readers_keep_coordinators_out_and_change_nothing) {
  EXPECT_EQ(DataDirectory::open_for_reading(path_).error().kind, ErrorKind::not_found);
  {
    auto held = DataDirectory::open(path_, Missing::create);
    ASSERT_TRUE(held);
    EXPECT_EQ(DataDirectory::open_for_reading(path_).error().kind, ErrorKind::unavailable);
    ASSERT_TRUE(held->write_endpoint("tcp://127.0.0.1:4000"));
  }
  {
    const auto one = DataDirectory::open_for_reading(path_);
    const auto two = DataDirectory::open_for_reading(path_);
    EXPECT_TRUE(one && two);
    // The lock file holds the pid of a coordinator that ended.
    expect_refused(ErrorKind::unavailable, "an audit is reading " + path_ + "; wait until it ends");
    EXPECT_TRUE(std::filesystem::exists(path_ + "/endpoint"));
  }
  std::filesystem::remove(path_ + "/lock");
  EXPECT_TRUE(DataDirectory::open_for_reading(path_)) << "a backup";
  EXPECT_FALSE(std::filesystem::exists(path_ + "/lock"));
  ASSERT_TRUE(replace_file(path_ + "/format", "gwageo 2\n"));
  EXPECT_EQ(DataDirectory::open_for_reading(path_).error().kind, ErrorKind::bad_input);
}

TEST_F(DataDirectoryTest, one_that_may_not_be_entered_is_not_called_none) {
  make();
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod((folder_ + "/outer").c_str(), 0755), 0);
  const bool is_root = ::geteuid() == 0;
  ASSERT_EQ(::chmod(path_.c_str(), is_root ? 0700 : 0), 0);
  if (is_root) {
    ASSERT_EQ(::seteuid(65534), 0);  // To root nothing is closed.
  }
  const auto read = DataDirectory::open_for_reading(path_);
  const auto looked_for = DataDirectory::open(path_, Missing::refuse);
  const auto made = DataDirectory::open(path_, Missing::create);
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0700), 0);
  for (const auto* refused : {&read, &looked_for, &made}) {
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().kind, ErrorKind::not_allowed);
    EXPECT_NE(refused->error().message.find("its owner's alone"), std::string::npos)
        << refused->error().message;
  }
}

TEST_F(DataDirectoryTest, says_what_a_recovery_could_not_put_back_until_it_is_whole) {
  auto made = DataDirectory::open(path_, Missing::create);
  ASSERT_TRUE(made);
  DataDirectory& data = *made;
  EXPECT_TRUE(data.check_complete());
  ASSERT_TRUE(data.note_missing("answers of 84 records\n"));
  const Status lacking = data.check_complete();
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().kind, ErrorKind::corrupt);
  for (const std::string& part :
       {std::string("answers of 84 records\n"), std::string("--rows"), data.incomplete_path()}) {
    EXPECT_NE(lacking.error().message.find(part), std::string::npos) << lacking.error().message;
  }
  ASSERT_TRUE(data.note_missing(""));
  EXPECT_TRUE(data.check_complete());
}

TEST_F(DataDirectoryTest, is_not_made_when_only_looked_for) {
  EXPECT_EQ(DataDirectory::open(path_, Missing::refuse).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(DataDirectoryTest, a_making_that_was_cut_short_is_finished) {
  make();
  ASSERT_TRUE(remove_file(path_ + "/format"));
  ASSERT_TRUE(replace_file(path_ + "/format.new", "gwa"));
  std::filesystem::remove(path_ + "/log");
  make();
  EXPECT_TRUE(DataDirectory::open(path_, Missing::refuse));
}

TEST_F(DataDirectoryTest, an_unknown_format_is_refused_with_what_it_says) {
  make();
  ASSERT_TRUE(replace_file(path_ + "/format", "gwageo 2\n"));
  expect_refused(ErrorKind::bad_input, "\"gwageo 2\"; this program knows \"gwageo 1\"");
  ASSERT_TRUE(replace_file(path_ + "/format", "gwageo 1"));
  expect_refused(ErrorKind::bad_input, "gwageo 1");
  ASSERT_TRUE(replace_file(path_ + "/format", "\x1b[31m" + std::string(1000, 'x')));
  expect_refused(ErrorKind::bad_input, "\"?[31mxxx");
  ASSERT_TRUE(replace_file(path_ + "/format", std::string(5000, 'x')));
  expect_refused(ErrorKind::bad_input, "larger");
}

TEST_F(DataDirectoryTest, a_lost_format_over_a_store_is_corrupt) {
  make();
  ASSERT_TRUE(replace_file(path_ + "/store/CURRENT", "x"));
  ASSERT_TRUE(remove_file(path_ + "/format"));
  expect_refused(ErrorKind::corrupt, "format is missing");
}

TEST_F(DataDirectoryTest, somebody_elses_folder_is_left_as_it_is) {
  std::filesystem::create_directories(path_);
  ASSERT_TRUE(replace_file(path_ + "/thesis.tex", "x"));
  expect_refused(ErrorKind::bad_input, "thesis.tex");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path_), {}), 1);
  path_ += "/thesis.tex";
  EXPECT_FALSE(DataDirectory::open(path_, Missing::create));
}

TEST_F(DataDirectoryTest, the_endpoint_is_there_while_one_runs) {
  EXPECT_EQ(read_endpoint(path_).error().kind, ErrorKind::not_found);
  {
    auto data = DataDirectory::open(path_, Missing::create);
    ASSERT_TRUE(data);
    EXPECT_EQ(read_endpoint(path_).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(data->write_endpoint("tcp://127.0.0.1:4000"));
    EXPECT_EQ(*read_endpoint(path_), "tcp://127.0.0.1:4000");
    EXPECT_EQ(*read_nearest_endpoint(path_), "tcp://127.0.0.1:4000");
    make_socket(path_ + "/socket");
    EXPECT_EQ(*read_nearest_endpoint(path_), data->local_endpoint());
    ASSERT_TRUE(data->remove_endpoint());
    ASSERT_TRUE(data->remove_endpoint());
    EXPECT_EQ(read_endpoint(path_).error().kind, ErrorKind::not_found);
    EXPECT_EQ(read_nearest_endpoint(path_).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(data->write_endpoint("tcp://127.0.0.1:4001"));
  }
  const auto next = DataDirectory::open(path_, Missing::refuse);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->last_port(), "4001");
  EXPECT_FALSE(std::filesystem::exists(next->socket_path())) << "left by a killed one";
  for (const char* bad : {"", "x\n", "123456\n", "-1\n"}) {
    ASSERT_TRUE(replace_file(path_ + "/port", bad));
    EXPECT_EQ(next->last_port(), "") << bad;
  }
  EXPECT_EQ(read_endpoint(path_).error().kind, ErrorKind::not_found) << "left by a killed one";
  for (const char* bad : {"", "\n", "two\nlines\n", "no newline"}) {
    ASSERT_TRUE(replace_file(path_ + "/endpoint", bad));
    EXPECT_EQ(read_endpoint(path_).error().kind, ErrorKind::corrupt) << bad;
  }
}

}  // namespace
}  // namespace gwageo
