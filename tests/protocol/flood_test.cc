// Floods of bytes by whoever has no key: they cost the server little memory, and nobody else time.
// What is asserted is work and processor time, which a busy machine does not change; the time by
// the clock is printed.
#include <cstdio>

#include "tests/protocol/hostile_server.h"

namespace gwageo {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_memory_measured = false;  // The sanitizer keeps what was freed.
#else
constexpr bool is_memory_measured = true;
#endif

/// Peers without a key that write whatever the server takes, and come back when it ends them.
class Flood {
 public:
  explicit Flood(int port) : port_(port), attackers_(openings_.size()) {}

  void go_on() {
    for (std::size_t i = 0; i < openings_.size(); ++i) {
      if (attackers_[i] == nullptr || attackers_[i]->has_ended()) {
        attackers_[i] = std::make_unique<RawConnection>(port_);
        attackers_[i]->write(openings_[i]);
        ++connections_;
      }
      for (int burst = 0; burst < 8; ++burst) attackers_[i]->write(junk_);
    }
    most_ = std::max(most_, resident_bytes());
  }
  std::size_t kinds() const { return openings_.size(); }
  std::size_t connections() const { return connections_; }
  std::size_t resident_most() const { return most_; }

 private:
  const int port_;
  const std::string junk_ = std::string(1 << 16, 'j');
  const std::vector<std::string> openings_ = {
      curve_greeting() + frame_header('\x02', 500000000),  // A message that is too long.
      curve_greeting() + frame_header('\x06', 500000000),  // A command that is too long.
      curve_greeting() + frame_header('\x06', message_bytes_max),
      curve_greeting() + frame_header('\x06', ~std::uint64_t{0}),
      curve_greeting(),
      std::string("\xff\0\0\0\0\0\0\0\x01\x7f", 10),
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10),
      std::string("GET / HTTP/1.1\r\n\r\n"),
      std::string(),
  };
  std::vector<std::unique_ptr<RawConnection>> attackers_;
  std::size_t connections_ = 0;
  std::size_t most_ = 0;
};

// Every one of many questions is answered while the flood goes on, before the whole process has
// worked for a second; and the flood is one: each of its peers has come back ten times.
TEST_F(HostileTest, UnauthenticatedFloodsCostLittleMemoryAndNobodyElseTime) {
  const auto client = connect(lawful("lawful"));
  round_trip(*client, "warm up");
  const std::size_t before = resident_bytes();
  Flood flood(port_);
  Duration most;
  int asked = 0;
  for (; asked < 1000 || flood.connections() < 10 * flood.kinds(); ++asked) {
    ASSERT_LT(asked, 20000) << "nobody ends these connections";
    flood.go_on();
    most = std::max(most, round_trip(*client, std::to_string(asked), [&] { flood.go_on(); }));
    ASSERT_FALSE(HasFailure());
  }
  const TransportCounters counters = server_->counters();
  std::printf(
      "%d questions in a flood of %zu connections: at most %.1f ms of processor time and "
      "%.1f ms by the clock, %zu KiB\n",
      asked, flood.connections(), static_cast<double>(most.microseconds) / 1000,
      static_cast<double>(slowest_.microseconds) / 1000,
      (flood.resident_most() - std::min(before, flood.resident_most())) / 1024);
  EXPECT_EQ(counters.connections_authenticated, 1U);
  EXPECT_LT(most, seconds(1));
  EXPECT_LT(is_memory_measured ? flood.resident_most() - before : 0, std::size_t{64} << 20);
}

}  // namespace
}  // namespace gwageo
