// The two halves of the message codec, apart: what passes between coordinator and worker
// (codec_worker.cc), and between coordinator and client (codec_client.cc). Included by codec files
// only.
#pragma once

#include <span>

#include "protocol/codec.h"
#include "protocol/codec_frame.h"

namespace gwageo::frame {

void write(const Hello& from, wire::Hello::Builder to);
void write(const Heartbeat& from, wire::Heartbeat::Builder to);
void write(const Results& from, wire::Results::Builder to);
void write(const Loaded& from, wire::Loaded::Builder to);
void write(const GiveBack& from, wire::GiveBack::Builder to);
void write(const Goodbye& from, wire::Goodbye::Builder to);
void write(const Welcome& from, wire::Welcome::Builder to);
void write(const Refusal& from, wire::Refusal::Builder to);
void write(const Grant& from, wire::Grant::Builder to);
void write(const Grant& from, std::span<const GrantItemView> items, wire::Grant::Builder to);
void write(const Shrink& from, wire::Shrink::Builder to);
void write(const Revoke& from, wire::Revoke::Builder to);
void write(const Acknowledge& from, wire::Acknowledge::Builder to);
void write(const Command& from, wire::Command::Builder to);
void write(const Reply& from, wire::Reply::Builder to);
void write(const Batch& from, wire::Batch::Builder to);
void write(const BatchKept& from, wire::BatchKept::Builder to);

Hello read(const Place& at, wire::Hello::Reader from);
Heartbeat read(const Place& at, wire::Heartbeat::Reader from);
Results read(const Place& at, wire::Results::Reader from);
Loaded read(const Place& at, wire::Loaded::Reader from);
GiveBack read(const Place& at, wire::GiveBack::Reader from);
Goodbye read(const Place& at, wire::Goodbye::Reader from);
Welcome read(const Place& at, wire::Welcome::Reader from);
Refusal read(const Place& at, wire::Refusal::Reader from);
Grant read(const Place& at, wire::Grant::Reader from);
Shrink read(const Place& at, wire::Shrink::Reader from);
Revoke read(const Place& at, wire::Revoke::Reader from);
Acknowledge read(const Place& at, wire::Acknowledge::Reader from);
Command read(const Place& at, wire::Command::Reader from);
Reply read(const Place& at, wire::Reply::Reader from);
Batch read(const Place& at, wire::Batch::Reader from);
BatchKept read(const Place& at, wire::BatchKept::Reader from);

}  // namespace gwageo::frame
