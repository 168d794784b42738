#include "worker/weights_fetch.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "protocol/check.h"
#include "protocol/sha256_states.h"
#include "worker/model_files.h"
#include "worker/weights_plan.h"

namespace gwageo {
namespace {

constexpr auto look_for_reader_every = std::chrono::milliseconds(20);

tl::unexpected<Error> asked_to_stop() {
  return fail(ErrorKind::unavailable, "asked to stop while the model's weights were fetched");
}

const WeightsMember* find_member(const std::vector<WeightsMember>& members,
                                 const std::string& node) {
  const auto there = std::ranges::find(members, node, &WeightsMember::node);
  return there == members.end() ? nullptr : &*there;
}

std::vector<WeightsStanding> standing(const std::vector<WeightsMember>& members) {
  std::vector<WeightsStanding> line;
  for (const WeightsMember& each : members) line.push_back({each.node, each.joined, each.whole});
  return line;
}

}  // namespace

Result<WeightsLayout> layout_at(const std::string& path, std::uint32_t piece_bytes) {
  GWAGEO_ASSIGN(found, find_model_files(path));
  std::vector<WeightsFile> files;
  for (const ModelFile& file : found) files.push_back({file.name, file.size});
  std::error_code error;
  return WeightsLayout::make(std::move(files), std::filesystem::is_directory(path, error),
                             piece_bytes);
}

WeightsFetch::~WeightsFetch() { room_.shelf.remove(spec_.digest); }

Status WeightsFetch::run() {
  Status done = fetch(false);
  if (!done && done.error().kind == ErrorKind::corrupt && room_.directory != nullptr) {
    // Somebody in the line read something else than the model. What comes from storage is ours.
    room_.log.write(LogLevel::warning,
                    "weights from other nodes are not the model: " + done.error().message,
                    {{"model", spec_.name}});
    done = fetch(true);
  }
  if (in_line_ && done) done = join(true);
  if (in_line_ && !done) static_cast<void>(room_.directory->leave(spec_.digest, room_.self.node));
  if (!done && own_trouble_) return tl::unexpected(room_.cache.trouble(*own_trouble_));
  return done;
}

Status WeightsFetch::fetch(bool alone) {
  room_.shelf.remove(spec_.digest);
  entry_.reset();
  if (Result<std::unique_ptr<WeightsEntry>> left = room_.cache.resume(spec_.digest)) {
    entry_ = *std::move(left);
  }
  if (!alone && room_.directory != nullptr) {
    room_.shelf.expect(spec_.digest);
    if (entry_) room_.shelf.put(spec_.digest, entry_);
    const Status joined = join(false);
    in_line_ = joined.has_value();
    if (!joined) {
      room_.log.write(LogLevel::warning,
                      "the directory of weights is of no use: " + joined.error().message);
      room_.shelf.remove(spec_.digest);
    }
  }
  while (!entry_ || !entry_->have().full()) {
    if (room_.stop.load()) return asked_to_stop();
    if (alone || !in_line_) {
      GWAGEO_TRY(from_storage());
    } else {
      GWAGEO_TRY(from_line());
    }
  }
  const Status finished = own(room_.cache.finish(*entry_));
  entry_->close();
  return finished;
}

// The cache's own trouble, whichever it is, is neither a giver's nor the model's.
Status WeightsFetch::own(Status of_cache) {
  const bool is_model = !of_cache && of_cache.error().kind == ErrorKind::corrupt;
  if (!of_cache && !is_model) own_trouble_ = of_cache.error();
  return of_cache;
}

Status WeightsFetch::join(bool whole) {
  WeightsMember self = room_.self;
  self.whole = whole;
  return room_.directory->join(spec_.digest, self);
}

std::vector<WeightsMember> WeightsFetch::line() {
  Result<std::vector<WeightsMember>> members = room_.directory->members(spec_.digest);
  if (members) return *std::move(members);
  room_.log.write(LogLevel::warning,
                  "the directory of weights is of no use: " + members.error().message);
  return {};
}

// One turn: a node is followed as long as it gives, or, where there is none before us, everybody
// and then storage is asked.
Status WeightsFetch::from_line() {
  const std::vector<WeightsMember> members = line();
  const auto followed = whom_to_follow(standing(members), room_.self.node, given_up_);
  if (!followed) {
    GWAGEO_TRY(ask_everybody(members));
    return from_storage();
  }
  const WeightsMember* const giver = find_member(members, *followed);
  GWAGEO_CHECK(giver != nullptr);
  const Status taken = take_from(*giver, WeightsAsk::follow);
  if (!taken && taken.error().kind == ErrorKind::io) return taken;  // Our own disk.
  if (!taken) blame(*giver, taken.error());
  return {};
}

Status WeightsFetch::ask_everybody(const std::vector<WeightsMember>& members) {
  for (const std::string& node : whom_to_ask(standing(members), room_.self.node, given_up_)) {
    if (room_.stop.load()) return asked_to_stop();
    if (entry_ && entry_->have().full()) return {};
    const WeightsMember* const giver = find_member(members, node);
    GWAGEO_CHECK(giver != nullptr);
    const Status taken = take_from(*giver, WeightsAsk::now);
    if (!taken && taken.error().kind == ErrorKind::io) return taken;
    if (!taken) blame(*giver, taken.error());
  }
  return {};
}

// What came in is kept, whatever ends it. bad_input: the giver is not to be asked again; io: it is
// our own disk.
Status WeightsFetch::take_from(const WeightsMember& giver, WeightsAsk what) {
  GWAGEO_ASSIGN(link,
                WeightsLink::open(giver.endpoint, giver.key, spec_.digest, room_.key, room_.stop));
  std::optional<PieceSet> wanted;
  if (entry_) wanted = entry_->have().missing();
  GWAGEO_TRY(link.ask(what, wanted));
  WeightsNews news;
  bool heard_layout = false;
  while (true) {
    GWAGEO_TRY(link.next(news));
    switch (news.kind) {
      case WeightsFrame::beat:
        // A head waits for nobody: who has nothing to tell of has nothing now.
        if (what == WeightsAsk::now) return {};
        break;
      case WeightsFrame::layout:
        GWAGEO_TRY(take_layout(news.bytes));
        heard_layout = true;
        break;
      case WeightsFrame::piece:
        if (!heard_layout) return fail(ErrorKind::bad_input, "a piece before the layout");
        GWAGEO_TRY(take_piece(giver, news));
        break;
      case WeightsFrame::end:
        if (what == WeightsAsk::now || (entry_ && entry_->have().full())) return {};
        return fail(ErrorKind::bad_input, "an end before all was given");
      case WeightsFrame::gone: return fail(ErrorKind::unavailable, news.bytes);
    }
  }
}

Status WeightsFetch::take_layout(const std::string& bytes) {
  GWAGEO_ASSIGN(layout, WeightsLayout::decode(bytes));
  if (!entry_) {
    const Status begun = begin(std::move(layout));
    if (begun) return {};
    return fail(ErrorKind::io, begun.error().message);
  }
  if (entry_->layout() == layout) return {};
  return fail(ErrorKind::bad_input, "another layout of the model's files");
}

Status WeightsFetch::begin(WeightsLayout layout) {
  Result<std::unique_ptr<WeightsEntry>> begun = room_.cache.begin(spec_.digest, std::move(layout));
  if (!begun) return own(tl::unexpected(begun.error()));
  entry_ = *std::move(begun);
  if (in_line_) room_.shelf.put(spec_.digest, entry_);
  return {};
}

Result<bool> WeightsFetch::is_reader(const VerifyingKey& key, const WeightsMember& giver) {
  if (key == giver.key || readers_.contains(key)) return true;
  GWAGEO_ASSIGN(known, room_.directory->knows(spec_.digest, key));
  if (known) readers_.insert(key);
  return known;
}

Status WeightsFetch::take_piece(const WeightsMember& giver, const WeightsNews& news) {
  const PieceProof& proof = *news.proof;
  const auto refuse = [&](const std::string& why) {
    ++room_.counts.refused;
    return fail(ErrorKind::bad_input, "piece " + std::to_string(proof.index) + ": " + why);
  };
  if (!holds(proof, entry_->layout(), news.bytes)) return refuse("its bytes are not what was read");
  GWAGEO_ASSIGN(known, is_reader(proof.reader, giver));
  if (!known) return refuse("signed by nobody in the line");
  if (!is_signed(proof, spec_.digest, entry_->layout())) return refuse("not signed by its reader");
  if (entry_->have().has(proof.index)) return {};
  room_.counts.received += news.bytes.size();
  const Status added = own(entry_->add(proof, news.bytes));
  if (!added) return fail(ErrorKind::io, added.error().message);
  return {};
}

// Who gave something wrong is not asked again, nor who did not answer several times. Whom nobody
// can reach is taken out of the line; if it lives, it enters again with its next model or piece of
// news.
void WeightsFetch::blame(const WeightsMember& giver, const Error& error) {
  if (room_.stop.load()) return;
  const bool wrong = error.kind == ErrorKind::bad_input;
  room_.log.write(wrong ? LogLevel::error : LogLevel::info,
                  "weights from another node: " + error.message,
                  {{"node", giver.node}, {"endpoint", giver.endpoint}, {"model", spec_.name}});
  if (!wrong && ++tries_[giver.node] < weights_tries_max) return;
  given_up_.insert(giver.node);
  if (!wrong) static_cast<void>(room_.directory->leave(spec_.digest, giver.node));
}

Result<FileLock> WeightsFetch::wait_to_read() {
  while (!room_.stop.load()) {
    Result<FileLock> reader = room_.cache.reader();
    if (reader) return reader;
    if (reader.error().kind != ErrorKind::unavailable) {
      return tl::unexpected(own(tl::unexpected(reader.error())).error());
    }
    std::this_thread::sleep_for(look_for_reader_every);
  }
  return asked_to_stop();
}

Status WeightsFetch::from_storage() {
  if (entry_ && entry_->have().full()) return {};
  GWAGEO_ASSIGN(reader, wait_to_read());
  return read_missing(std::move(reader));
}

Status WeightsFetch::read_missing(FileLock reader) {
  static_cast<void>(reader);  // Held until we are done.
  GWAGEO_ASSIGN(layout, layout_at(spec_.path, room_.piece_bytes));
  if (entry_ && entry_->layout() != layout) {
    // A change of the files or of the pieces: what was fetched is of no use with them.
    room_.shelf.remove(spec_.digest);
    entry_.reset();
  }
  if (!entry_) GWAGEO_TRY(begin(layout));
  GWAGEO_ASSIGN(files, find_model_files(spec_.path));
  FileDescriptor file;
  std::optional<std::size_t> open;
  std::string bytes;
  const PieceSet missing = entry_->have().missing();
  for (auto index = missing.next(0); index; index = missing.next(*index + 1)) {
    if (room_.stop.load()) return asked_to_stop();
    const WeightsPiece piece = layout.piece(*index);
    const std::string path = files.at(piece.file).path.string();
    if (open != piece.file) {
      GWAGEO_ASSIGN(opened, open_file(path, O_RDONLY));
      file = std::move(opened);
      open = piece.file;
    }
    bytes.resize(piece.size);
    GWAGEO_TRY(read_at(file.number(), piece.offset, bytes.data(), bytes.size(), path));
    room_.counts.storage += bytes.size();
    const Digest before = piece.offset == 0 ? sha256_start() : entry_->proof(*index - 1)->after;
    const Digest after = state_after(layout, *index, before, bytes);
    GWAGEO_TRY(own(
        entry_->add(sign_piece(spec_.digest, layout, *index, before, after, room_.key), bytes)));
  }
  return {};
}

}  // namespace gwageo
