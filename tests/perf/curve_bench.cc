// What CURVE costs: the same round trips over libzmq with and without it. The program itself has no
// plain mode, so this stands apart from it.
//
//   gwageo_curve_bench [ITEMS_IN_A_FRAME] [ROUND_TRIPS]
//
// prints, for each, the median of the microseconds of CPU that both ends spend on a round trip: a
// frame of results to the coordinator and a frame of requests back, with 340 bytes an item as in
// `bench dispatch`.
#include <sys/resource.h>
#include <zmq.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "protocol/check.h"

namespace {

constexpr std::size_t item_bytes = 340;

struct Keys {
  char open[41];
  char secret[41];
  Keys() { GWAGEO_CHECK(zmq_curve_keypair(open, secret) == 0); }
};

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

void set(void* socket, int option, const char* text) {
  GWAGEO_CHECK(zmq_setsockopt(socket, option, text, 40) == 0);
}

void receive(void* socket, int more) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (int i = 0; i <= more; ++i) GWAGEO_CHECK(zmq_msg_recv(&message, socket, 0) >= 0);
  zmq_msg_close(&message);
}

double microseconds_each(bool with_curve, std::size_t items, int rounds) {
  const Keys server_keys;
  const Keys client_keys;
  const std::string frame(items * item_bytes, 'x');
  void* const context = zmq_ctx_new();
  void* const server = zmq_socket(context, ZMQ_ROUTER);
  void* const client = zmq_socket(context, ZMQ_DEALER);
  GWAGEO_CHECK(zmq_setsockopt(client, ZMQ_ROUTING_ID, "w", 1) == 0);
  if (with_curve) {
    const int yes = 1;
    GWAGEO_CHECK(zmq_setsockopt(server, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0);
    set(server, ZMQ_CURVE_SECRETKEY, server_keys.secret);
    set(client, ZMQ_CURVE_SERVERKEY, server_keys.open);
    set(client, ZMQ_CURVE_PUBLICKEY, client_keys.open);
    set(client, ZMQ_CURVE_SECRETKEY, client_keys.secret);
  }
  GWAGEO_CHECK(zmq_bind(server, "tcp://127.0.0.1:*") == 0);
  char endpoint[256];
  std::size_t size = sizeof endpoint;
  GWAGEO_CHECK(zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
  GWAGEO_CHECK(zmq_connect(client, endpoint) == 0);
  std::thread answering([&] {
    for (int i = 0; i <= rounds; ++i) {
      receive(server, 1);
      GWAGEO_CHECK(zmq_send(server, "w", 1, ZMQ_SNDMORE) == 1);
      GWAGEO_CHECK(zmq_send(server, frame.data(), frame.size(), 0) >= 0);
    }
  });
  double began = 0;
  for (int i = 0; i <= rounds; ++i) {  // The first is the handshake's.
    if (i == 1) began = cpu_seconds();
    GWAGEO_CHECK(zmq_send(client, frame.data(), frame.size(), 0) >= 0);
    receive(client, 0);
  }
  const double took = cpu_seconds() - began;
  answering.join();
  zmq_close(client);
  zmq_close(server);
  zmq_ctx_term(context);
  return took / rounds * 1e6;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t items = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 32;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 5000;
  GWAGEO_CHECK(items > 0 && rounds > 0);
  // In turns, for a machine changes its pace.
  std::vector<double> plain_each;
  std::vector<double> curve_each;
  for (int turn = 0; turn < 5; ++turn) {
    plain_each.push_back(microseconds_each(false, items, rounds));
    curve_each.push_back(microseconds_each(true, items, rounds));
  }
  const double plain = median(plain_each);
  const double curve = median(curve_each);
  std::printf("items=%zu plain_us=%.1f curve_us=%.1f curve_us_per_item=%.2f\n", items, plain, curve,
              (curve - plain) / static_cast<double>(items));
}
