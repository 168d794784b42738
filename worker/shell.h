// The worker's shell: receive, step, run engines on their own threads, send.
#pragma once

#include <atomic>

#include "protocol/log.h"
#include "protocol/time.h"
#include "protocol/transport.h"
#include "worker/agent.h"
#include "worker/check_runner.h"

namespace gwageo {

/// Works until the agent says that it is finished: `stop` was set (and the transport woken), or the
/// coordinator refuses this worker, which is an error with its reason. Each slot's engine
/// gets `room`. `checks` runs what `options.health` asks for; needed where it asks for anything.
Status work(const AgentOptions& options, ClientTransport& transport, const Clock& clock, Log& log,
            const EngineRoom& room, const std::atomic<bool>& stop,
            std::shared_ptr<HealthChecks> checks = nullptr);

}  // namespace gwageo
