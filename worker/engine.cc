#include "worker/engine.h"

#include "worker/builtin_engine.h"
#include "worker/openai_engine.h"
#include "worker/paced_engine.h"
#include "worker/process_engine.h"
#include "worker/recorded_engine.h"

namespace gwageo {

bool is_served_elsewhere(const std::string& engine) { return engine == "openai"; }

Result<std::unique_ptr<Engine>> make_engine(const std::string& kind, const Clock& clock,
                                            const EngineRoom& room) {
  if (kind == "builtin") return std::make_unique<BuiltinEngine>(room);
  if (kind == "openai") {
    return std::make_unique<OpenAiEngine>(clock, OwnServer{}, room.caught, room.is_ending);
  }
  if (kind == "paced") return std::make_unique<PacedEngine>(clock, room.slowdown, room.is_ending);
  if (kind == "process") return std::make_unique<ProcessEngine>(clock, room);
  if (kind == "recorded") return std::make_unique<RecordedEngine>();
  return fail(ErrorKind::bad_input,
              "unknown engine \"" + kind + "\"; known: builtin, openai, paced, process, recorded");
}

}  // namespace gwageo
