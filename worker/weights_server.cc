#include "worker/weights_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <utility>

namespace gwageo {
namespace {

constexpr int look_every_ms = 100;

// sendfile has no way to say that a closed connection is no reason for a signal.
void block_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

void WeightsShelf::expect(const Digest& model) {
  const std::lock_guard lock(mutex_);
  entries_[model] = nullptr;
}

void WeightsShelf::put(const Digest& model, std::shared_ptr<WeightsEntry> entry) {
  {
    const std::lock_guard lock(mutex_);
    entries_[model] = std::move(entry);
  }
  changed_.notify_all();
}

void WeightsShelf::remove(const Digest& model) {
  std::shared_ptr<WeightsEntry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto there = entries_.find(model);
    if (there == entries_.end()) return;
    entry = std::move(there->second);
    entries_.erase(there);
  }
  if (entry) entry->close();
  changed_.notify_all();
}

WeightsShelf::Found WeightsShelf::find(const Digest& model, Duration at_most) const {
  std::unique_lock lock(mutex_);
  const auto look = [&]() -> Found {
    const auto there = entries_.find(model);
    if (there == entries_.end()) return {};
    return {true, there->second};
  };
  changed_.wait_for(lock, std::chrono::microseconds(at_most.microseconds), [&] {
    const Found found = look();
    return !found.expected || found.entry != nullptr;
  });
  return look();
}

// What pieces are given from, and what keeps it there.
struct WeightsServer::Given {
  std::shared_ptr<WeightsEntry> entry;
  std::optional<WeightsLease> lease;
};

WeightsServer::WeightsServer(WeightsListener listener, const KeyPair& key,
                             const WeightsCache& cache, const WeightsShelf& shelf,
                             WeightsDirectory& directory, std::uint64_t rate,
                             AtomicWeightsCounts& counts)
    : listener_(std::move(listener)),
      key_(key),
      cache_(cache),
      shelf_(shelf),
      directory_(directory),
      rate_(rate),
      counts_(counts),
      thread_([this] { accept_all(); }) {}

WeightsServer::~WeightsServer() {
  stop_ = true;
  thread_.join();
}

void WeightsServer::reap() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (!it->ended.load()) {
      ++it;
      continue;
    }
    it->thread.join();
    it = connections_.erase(it);
  }
}

void WeightsServer::accept_all() {
  block_pipe_signal();
  pollfd waiting = {listener_.socket.number(), POLLIN, 0};
  while (!stop_.load()) {
    reap();
    if (::poll(&waiting, 1, look_every_ms) <= 0) continue;
    FileDescriptor socket(::accept4(listener_.socket.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.is_open() || connections_.size() >= weights_links_max) continue;
    Connection& connection = connections_.emplace_back();
    connection.thread = std::thread([this, &connection, link = std::move(socket)]() mutable {
      block_pipe_signal();
      WeightsSocket own(std::move(link), stop_);
      // Who asked has gone, or may not ask: it is told no more than that the connection ends.
      static_cast<void>(serve(own));
      connection.ended = true;
    });
  }
  for (Connection& connection : connections_) connection.thread.join();
}

Status WeightsServer::serve(WeightsSocket& socket) {
  GWAGEO_ASSIGN(question, greet(socket, key_));
  GWAGEO_ASSIGN(known, directory_.knows(question.model, question.asker));
  if (!known) return fail(ErrorKind::not_allowed, "a node that is not in the line");
  GWAGEO_ASSIGN(wish, welcome(socket, question, key_));
  return answer(socket, question.model, wish);
}

// Beats until there is something to give.
Result<WeightsServer::Given> WeightsServer::wait_for(WeightsSocket& socket, const Digest& model) {
  while (true) {
    const WeightsShelf::Found found = shelf_.find(model, weights_beat);
    if (found.entry) return Given{found.entry, {}};
    if (!found.expected) break;
    GWAGEO_TRY(socket.send(frame_head(WeightsFrame::beat, 0)));
  }
  GWAGEO_ASSIGN(lease, cache_.lend(model));
  GWAGEO_ASSIGN(entry, cache_.open_whole(model));
  return Given{std::move(entry), std::move(lease)};
}

Status WeightsServer::give_piece(WeightsSocket& socket, const WeightsEntry& entry,
                                 std::uint32_t index, bool vouched, SendRate& rate) {
  std::optional<PieceProof> proof = entry.proof(index);
  if (vouched) {
    proof = sign_piece(entry.model(), entry.layout(), index, proof->before, proof->after, key_);
  }
  const WeightsPiece piece = entry.layout().piece(index);
  GWAGEO_TRY(socket.send(frame_head(WeightsFrame::piece, piece_proof_bytes + piece.size) +
                         encode(*proof)));
  GWAGEO_TRY(socket.send_file(entry.file_of(index), piece.offset, piece.size, rate));
  counts_.sent += piece.size;
  return {};
}

Status WeightsServer::answer(WeightsSocket& socket, const Digest& model, WeightsWish& wish) {
  const auto gone = [&](const std::string& why) {
    return socket.send(frame_head(WeightsFrame::gone, why.size()) + why);
  };
  const Result<Given> given = wait_for(socket, model);
  if (!given) return gone("it is not here");
  const WeightsEntry& entry = *given->entry;
  const std::string layout = entry.layout().encode();
  GWAGEO_TRY(socket.send(frame_head(WeightsFrame::layout, layout.size()) + layout));
  const std::uint32_t pieces = entry.layout().pieces();
  std::optional<PieceSet> left =
      wish.bits.empty() ? PieceSet(pieces).missing() : PieceSet::decode(wish.bits, pieces);
  if (!left) return gone("the wish is not of this layout");
  // What was verified as a whole, this node vouches for itself; else it passes the reader's word
  // on.
  const bool vouched = given->lease.has_value();
  SendRate rate(rate_);
  while (left->count() > 0) {
    const bool closed = entry.is_closed();
    const PieceSet have = entry.have();
    bool gave = false;
    for (auto next = left->next(0); next; next = left->next(*next + 1)) {
      if (!have.has(*next)) continue;
      GWAGEO_TRY(give_piece(socket, entry, *next, vouched, rate));
      left->remove(*next);
      gave = true;
    }
    if (left->count() == 0 || wish.what == WeightsAsk::now) break;
    if (gave) continue;
    if (closed) return gone("it is fetched no more");
    entry.wait_for_more(have.count(), weights_beat);
    if (entry.have().count() == have.count()) {
      GWAGEO_TRY(socket.send(frame_head(WeightsFrame::beat, 0)));
    }
  }
  return socket.send(frame_head(WeightsFrame::end, 0));
}

}  // namespace gwageo
