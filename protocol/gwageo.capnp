# The protocol of gwageo, and the form of its journal. This file is the specification; codec.h turns
# messages into frames and back, fact_codec.h does the same for journal records.
#
#
# ROLES
#
# There are three. The *coordinator* decides everything: it holds the jobs, lends their items to
# workers and keeps the journal. A *worker* runs models: it has one or more *slots*, each of which
# serves one class (a model under an engine profile) at a time. Where slots are GPUs, a class may
# need a *block* of them: 2, 4, 8, ... slots that lie together, the first one's number a multiple of
# theirs. A worker may span several nodes; it is one block then. A *client* is a person's command.
# Workers and clients connect to the coordinator; nobody connects to them, and they never talk to
# each other.
#
# Who a sender is follows from the key that its connection proved to own, and from nothing inside a
# message. A message that its sender's role does not allow is refused like a malformed one. The
# worker number inside a message says which life of a worker process speaks; it carries no rights.
#
#
# FRAMES
#
# One message is one frame of the transport. A frame is Cap'n Proto's standard stream framing with
# exactly one segment, and nothing before or after it:
#
#     offset  bytes  content, little-endian
#     0       4      number of segments less one: always 0
#     4       4      words in the segment: (frame size - 8) / 8
#     8       8 n    the segment, whose root is a Message
#
# So `capnp decode gwageo.capnp Message < frame` prints one. The receiver reads a frame in aligned
# memory, to which it copies it if need be, and under limits: at most 16 MiB, at most 4 words read
# for each word that came (1024 words are always allowed), pointers nested at most 16 deep. Every
# list, text and blob has a bound in limits.h, checked before memory is taken for it. What may be
# wrong and is looked at: texts for people are UTF-8; names match [A-Za-z0-9][A-Za-z0-9._-]{0,127};
# numbers of jobs, leases and workers are not 0; durations are not negative; ranges ascend, are
# disjoint and not empty; enumerants are known; a digest is exactly 32 bytes.
#
# A frame that breaks any of this is refused as a whole: the receiver counts it, writes one line to
# its log, drops the connection, and is otherwise as if the frame had never come.
#
#
# LIFETIMES
#
# A connection means nothing. It may break and come back at any time; what was under way then is
# taken up again by the rules below, which never ask whether a message was lost, only whether its
# effect is known.
#
# A worker's life is one run of its process. It draws a number at random when it starts, says Hello
# with it, and keeps it to its end. A new life that gives the same name takes the name over: the old
# life's leases end.
#
# The coordinator's life is one run of its process, too, but its state outlives it in the journal. A
# worker learns from Welcome.coordinatorLife that there is a new one.
#
#
# LEASES ARE FENCING TOKENS
#
# A lease lends items of one job to one slot. Its number is global, is written to the journal
# before the Grant leaves, and is never used again: not after a restart, not for another worker. A
# lease may shrink; it never grows. It ends when its last item is durable, when it is revoked or
# given back, or when nobody has reported it for the lease term.
#
# Whatever a worker says about items, it says under a lease. If that lease is over, what it says has
# no effect, whoever says it and however late it comes: this alone keeps a stalled worker's results
# from being mixed with its successor's. An item is under two leases at a time only when the second
# is marked a copy in the journal; the first result counts.
#
#
# FLOW CONTROL
#
# A worker says once, in Hello, how many items it wants in flight in each of its slots. That is its
# credit. The coordinator keeps the items granted and not yet settled of a slot within it, and each
# Grant within the bounds of limits.h. Credit comes back when results are durable, a lease ends, or
# it shrinks; no message carries it. A worker that gets more than it asked for keeps all of it: the
# coordinator is the one that counts.
#
#
# ACKNOWLEDGED MEANS DURABLE
#
# The coordinator answers Results with Acknowledge only after the responses, the records and the
# journal entry have reached stable storage in one batch, or when the lease is over and they will
# never be wanted. Until then the worker keeps them. The Acknowledge may come inside the next Grant
# to the same worker; if that frame is lost, the results are sent again, as always. In the same way
# a Reply with code `done` says that what the command did is durable, and a Grant says that its
# lease is.
#
#
# WHAT IS SENT AGAIN
#
# Messages of one connection arrive in order, or not at all. Every message may be received twice
# with the effect of once:
#
#   - Hello: sent at the start and on SayHello, and again until Welcome or Refusal comes.
#   - Heartbeat: each carries everything; a lost one is made good by the next.
#   - Results: sent until acknowledged, always with the same chunk number and the same content; what
#     is recorded already is acknowledged again.
#   - Grant: never. A lease whose Grant was lost is in no Heartbeat and ends after a term, or at
#     once when a Hello does not list it. A worker that gets a Grant twice changes nothing.
#   - Loaded, GiveBack: never. The Heartbeats after a lost one say what is loaded, and a lease that
#     they do not list ends after a term.
#   - Shrink: never. A lost one costs work and no more: results for items that left the lease are
#     dropped, and the rest of the chunk counts.
#   - Revoke: whenever a Heartbeat or Hello lists a lease that is over.
#   - Command: carries a number of the client's for its Reply, and commands that create something
#     carry a request id in their body by which a repeated one finds the first one's effect. Those
#     that set something (pause, priority, drain, quarantine, team.set) name what it shall be,
#     so that a repeated one changes nothing unless somebody set it anew in between.
#
#
# HOW THIS EVOLVES
#
# Fields and union members are added at the end, under the next number. Numbers are final: none is
# changed, reused or removed; what falls out of use keeps its place with a comment. A field that is
# missing reads as 0, empty, null or the default that is declared beside it, so a new one must mean
# "as before" then. An enumerant or union
# member that a receiver does not know makes it refuse the message; so a sender uses a new one only
# towards a peer whose `protocol` in Hello or Command says that it knows it. A receiver ignores
# fields that it does not know.
#
# The journal is stricter, because it is evidence: a record has exactly one form, and a program that
# meets a field or fact it does not know refuses the record. New programs read all old records.
#
# No `interface` is declared here: frames are carried by ZeroMQ, and Cap'n Proto's RPC is not
# linked.

@0xb7d3c1f29a5e6480;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("gwageo::wire");

struct Message {
  union {
    # From a worker.
    hello @0 :Hello;
    heartbeat @1 :Heartbeat;
    results @2 :Results;
    loaded @3 :Loaded;
    giveBack @4 :GiveBack;
    goodbye @5 :Goodbye;
    # To a worker.
    welcome @6 :Welcome;
    refusal @7 :Refusal;
    grant @8 :Grant;
    shrink @9 :Shrink;
    revoke @10 :Revoke;
    acknowledge @11 :Acknowledge;
    sayHello @12 :SayHello;
    # Between client and coordinator.
    command @13 :Command;
    reply @14 :Reply;
    # From a worker, and the answer to it.
    batch @15 :Batch;
    batchKept @16 :BatchKept;
  }
}

# ---- shared ----

struct Range {
  # Plan indexes [begin, end), not empty. In a list, ranges ascend and do not overlap.
  begin @0 :UInt64;
  end @1 :UInt64;
}

struct Option {
  # In a list, keys ascend in byte order and none comes twice.
  key @0 :Text;
  value @1 :Text;
}

struct ModelSpec {
  # What a slot loads.
  name @0 :Text;
  digest @1 :Data;
  engine @2 :Text;  # A name: "builtin", "recorded", ...
  path @3 :Text;    # On the worker's file system.
  options @4 :List(Option);
}

# ---- from a worker ----

struct Hello {
  # The first message of a worker. The coordinator answers Revoke for each lease listed that is
  # over, then Welcome; leases of this worker that are not listed end, and their items are pending
  # again. It answers Refusal when the protocol is another one, when the worker number belongs to
  # somebody else, or when a newer life has taken the name over.
  protocol @0 :UInt32;
  worker @1 :UInt64;
  name @2 :Text;           # A name, unique in the pool.
  version @3 :Text;        # Of the program, for people.
  engines @4 :List(Text);  # Names of the kinds it can run.
  slots @5 :UInt32;        # 1 to slots_max.
  creditItems @6 :UInt32;  # For each slot; 1 to credit_items_max.
  leases @7 :List(UInt64); # Held, with work or unacknowledged results.
  gpus @8 :Gpus;           # What each slot is. Null: none is a GPU.
  loads @9 :UInt32 = 8;    # Models that it loads at the same time at most: 1 to slots_max.
  signs @10 :Bool;         # It sends Batches: required of a worker that is new here.
  cached @11 :List(Data);  # As in Heartbeat.
}

struct Gpus {
  kind @0 :Text;       # A name, the same for all of a worker's slots: "H100".
  memoryMib @1 :UInt32;  # Of each; 1 to gpu_memory_mib_max.
  node @2 :Text;       # A name, or empty: the machine that they are in.
  domain @3 :Text;     # A name, or empty: the NVLink or rack domain of the node.
  nodes @4 :UInt32 = 1;  # That they are spread over evenly. Above 1 the worker is one block: its
                       # number of slots is 2, 4, 8, ..., and it serves models of just that shape.
}

struct Heartbeat {
  # Every Welcome.heartbeat. Renews the leases listed for a term. A worker that the coordinator does
  # not know is told SayHello; a lease listed that is over is revoked.
  worker @0 :UInt64;
  leases @1 :List(UInt64);
  slots @2 :List(SlotReport);  # By slot number. The first slot of a block reports its class, the
                               # others are empty.
  cached @3 :List(Data);
  # Digests of models whose files lie in the cache of the worker's node: a load there does not wait
  # for them. At most cached_models_max; what is beyond is left out.
  leaving @4 :Bool;      # It was told to stop: it wants no more work.
}

struct SlotReport {
  classKey @0 :Data;  # Of the model that is loaded; all zero when none is.
  loading @1 :Bool;
  fault @2 :Text;     # Why the slot takes no work until a later report says otherwise; empty: it is
                      # well. No lease is granted on a block that holds such a slot.
}

struct Results {
  # Some or all items of a lease, in any order. The coordinator makes them durable and answers
  # Acknowledge with the same lease and chunk. Does not renew the lease: Heartbeats do.
  worker @0 :UInt64;
  lease @1 :UInt64;
  chunk @2 :UInt32;       # Counts the Results messages of this lease, from 0.
  engineTime @3 :Int64;   # Microseconds spent in the engine on these items.
  items @4 :List(ItemResult);
}

struct ItemResult {
  index @0 :UInt64;
  responses @1 :List(Data);
  # In the order of the item's requests. Opaque here: the canonical bytes that are hashed and stored
  # (request.h). They are data, not text: what a model says need not be UTF-8.
}

struct Loaded {
  # A slot finished loading the model that a Grant asked for, or failed to. A worker whose load
  # failed gives the slot's leases back after this.
  worker @0 :UInt64;
  slot @1 :UInt32;
  classKey @2 :Data;
  ok @3 :Bool;
  took @4 :Int64;   # Microseconds.
  error @5 :Text;   # For people, when not ok.
}

struct GiveBack {
  # The worker runs no more of this lease. What it handed in before counts; the rest is pending
  # again.
  worker @0 :UInt64;
  lease @1 :UInt64;
  reason @2 :Reason;
  error @3 :Text;

  enum Reason {
    draining @0;
    loadFailed @1;
    unreachable @2;  # The model's server does not answer for now: no fault of the model.
  }
}

struct Batch {
  # The worker's signature over what it was told is recorded. Every heartbeat at most, and before
  # Goodbye. Sent until BatchKept names its number; the next one has the next number.
  worker @0 :UInt64;
  batch @1 :UInt64;         # Counts the worker's batches, from 0.
  chunks @2 :List(Chunk);   # Ascending by (lease, first); at most batch_chunks_max.
  signature @3 :Data;       # 64 bytes, Ed25519 over the statement of protocol/statement.h.

  struct Chunk {
    # What one Acknowledge said was recorded.
    lease @0 :UInt64;
    first @1 :UInt64;  # Lowest plan index of it.
    root @2 :Data;     # RFC 6962 root over the results leaves of its items, ascending.
  }
}

struct Goodbye {
  # Sent last, by a worker that stops. Its leases end now rather than after a term.
  worker @0 :UInt64;
}

# ---- to a worker ----

struct Welcome {
  # The worker is in the pool. A coordinatorLife that it has not seen before means that the
  # coordinator was restarted: the worker sends its unacknowledged Results again.
  coordinatorLife @0 :UInt64;
  heartbeat @1 :Int64;  # Microseconds between Heartbeats.
  leaseTerm @2 :Int64;  # Microseconds without a report after which a lease is over.
}

struct Refusal {
  # The worker reports the reason and ends; it does not try again.
  reason @0 :Text;
}

struct Grant {
  # Run these items on that slot. If the slot has another class, it first finishes what it runs,
  # then loads this one and says Loaded. One lease is of one class. What is loaded on any slot of
  # the block is unloaded before.
  lease @0 :UInt64;
  job @1 :UInt64;
  slot @2 :UInt32;
  classKey @3 :Data;
  model @4 :ModelSpec;
  items @5 :List(GrantItem);  # In the order in which they should be run.
  acknowledged @6 :List(Acknowledge);
  # What became durable together with this lease: as if each had come before it in a frame of its
  # own, which it would have, had there been no Grant to carry it.
  width @7 :UInt32 = 1;  # Slots of the block that begins at `slot`: 1, 2, 4, ...; divides `slot`.
}

struct GrantItem {
  index @0 :UInt64;
  task @1 :Text;
  item @2 :Text;              # The item's id, unique in its task.
  repeat @3 :UInt32;
  requests @4 :List(Data);    # At least one. Canonical bytes (request.h), opaque here.
  digest @5 :Data;            # The item digest: part of the results leaf that the worker signs.
}

struct Shrink {
  # These items are somebody else's now. Results for them would be dropped; the worker need not run
  # those it has not begun.
  lease @0 :UInt64;
  removed @1 :List(Range);
}

struct Revoke {
  # The worker forgets the lease, stops what runs under it, and hands nothing more in. What it has
  # handed in it sends until that is acknowledged: it may be on record, to be signed.
  lease @0 :UInt64;
}

struct Acknowledge {
  # That chunk is durable, or its lease is over (stale). The worker forgets it either way.
  lease @0 :UInt64;
  chunk @1 :UInt32;
  stale @2 :Bool;
  recorded @3 :List(Range);
  # Plan indexes of the chunk that are on record as this worker's answers under this lease and that
  # it has not signed yet: they belong into its next Batch.
}

struct BatchKept {
  # The batch of this number is on record.
  worker @0 :UInt64;
  batch @1 :UInt64;
}

struct SayHello {
  # The worker answers with Hello.
}

# ---- client and coordinator ----

struct Command {
  # One verb of the command line. Answered by one Reply; commands of one connection may be answered
  # in another order.
  request @0 :UInt64;
  protocol @1 :UInt32;
  verb @2 :Text;
  body @3 :Text;                # A JSON object; its members are the verb's.
  attachments @4 :List(Data);   # Pieces of files, each at most piece_bytes_max.
  nonce @5 :Data;
  signature @6 :Data;
  # Of a verb that has to be signed: 16 bytes that the client never uses again, and its Ed25519
  # signature (64 bytes) over the statement that protocol/statement.h makes of the command.
}

struct Reply {
  request @0 :UInt64;  # That of the command.
  code @1 :Code;
  body @2 :Text;       # JSON; {"error": "..."} unless done or no.
  attachments @3 :List(Data);

  enum Code {
    done @0;
    no @1;           # Done, and the answer is no.
    badInput @2;     # Not done; not worth repeating as it is.
    unavailable @3;  # Not done; try again later.
    notAllowed @4;
    failed @5;       # Not done; the coordinator's store is damaged, or its disk refuses.
  }
}

# ---- the journal ----

struct Record {
  # One durable decision with its place in the journal. The journal is the sequence of records; the
  # state of the coordinator is the fold of it, and nothing else is.
  #
  # A record is stored as the words of its one segment, without the 8 bytes of framing, in Cap'n
  # Proto's canonical form (objects in preorder, no trailing zero words), and with lists of counts
  # cut after their last one that is not 0. Hence there is exactly one byte string for each record:
  # `capnp convert canonical:json gwageo.capnp Record` prints it. Because trailing zeros are never
  # written, records from before a field was added keep their bytes.
  #
  # The bytes that are stored are the bytes that are hashed: the leaf hash of a record is
  # SHA-256(0x00 || bytes), as in RFC 6962, and `previous` chains each record to the one before it.
  # At most record_bytes_max bytes, so that a record fits an entry of a tile bundle.

  sequence @0 :UInt64;  # From 0, without gaps.
  at @1 :Int64;         # Log time in microseconds; not negative, never decreasing.
  wall @2 :Int64;       # Microseconds since 1970, for people only.
  previous @3 :Data;    # Leaf hash of the record before; all zero for the first.

  fact :union {
    founded @4 :Founded;
    coordinatorStarted @5 :CoordinatorStarted;
    principalRegistered @6 :PrincipalRegistered;
    dayBegan @7 :DayBegan;
    suiteAdded @8 :SuiteAdded;
    modelAdded @9 :ModelAdded;
    modelRetired @10 :ModelRetired;
    targetAdded @11 :TargetAdded;
    jobAccepted @12 :JobAccepted;
    itemsAdopted @13 :ItemsAdopted;
    workerJoined @14 :WorkerJoined;
    workerDrained @15 :WorkerDrained;
    leaseGranted @16 :LeaseGranted;
    leaseShrunk @17 :LeaseShrunk;
    resultsRecorded @18 :ResultsRecorded;
    attemptFailed @19 :AttemptFailed;
    leaseEnded @20 :LeaseEnded;
    itemsGivenUp @21 :ItemsGivenUp;
    jobCancelled @22 :JobCancelled;
    jobFailed @23 :JobFailed;
    scored @24 :Scored;
    verdictReached @25 :VerdictReached;
    teamSet @26 :TeamSet;
    jobPaused @27 :JobPaused;
    jobPrioritised @28 :JobPrioritised;
    workerQuarantined @29 :WorkerQuarantined;
    answersDiffered @30 :AnswersDiffered;
    claimsImported @31 :ClaimsImported;
    rosterChanged @32 :RosterChanged;
    stageOpened @33 :StageOpened;
    stageClosed @34 :StageClosed;
    gateDecided @35 :GateDecided;
    pointsRecorded @36 :PointsRecorded;
    published @37 :Published;
    principalRotated @38 :PrincipalRotated;
    principalRevoked @39 :PrincipalRevoked;
    batchSigned @40 :BatchSigned;
    auditCommitted @42 :AuditCommitted;
    auditDrawn @43 :AuditDrawn;
    checksSet @44 :ChecksSet;
    answersChecked @45 :AnswersChecked;
    answersDisowned @46 :AnswersDisowned;
    slotsCharged @47 :Void;
  }

  statement @41 :Statement;
  # By whom it was asked for, under signature. Null: the coordinator decided by itself, or it was
  # asked for by a verb that nobody signs, or before there were signatures.
}

struct Statement {
  signer @0 :Text;      # A principal.
  digest @1 :Data;      # Blob: the bytes that were signed (protocol/statement.h).
  signature @2 :Data;   # 64 bytes, by the signer's key as of this record.
}

enum Outcome {
  # How a request ended; an item takes the worst of its requests, the largest number.
  answered @0;
  truncated @1;
  refusedByEngine @2;
  engineFailed @3;
  timedOut @4;
  workerLost @5;
  cancelled @6;
}

struct Founded {
  # Sequence 0 of every journal.
  origin @0 :Text;  # Name of this log in checkpoints.
  zone @1 :Text;    # Time zone in which days begin.
}

struct CoordinatorStarted {
  # A coordinator process took over. Leases that are live here are armed for a full term again.
  version @0 :Text;
}

struct PrincipalRegistered {
  # A key's owner. The rights of a connection follow from the role of the key that it proved to own.
  name @0 :Text;
  role @1 :Role;
  team @2 :Text;
  curveKey @3 :Data;  # 32 bytes.
  signKey @4 :Data;   # 32 bytes.

  enum Role {
    operator @0;
    team @1;
    auditor @2;
    worker @3;
  }
}

struct PrincipalRotated {
  # From here on these keys are the principal's, and those of before nobody's.
  name @0 :Text;
  curveKey @1 :Data;
  signKey @2 :Data;
  reason @3 :Text;
  principal @4 :Text;  # Who did it.
}

struct PrincipalRevoked {
  # From here on the principal has no key, for good.
  name @0 :Text;
  reason @1 :Text;
  principal @2 :Text;
}

struct DayBegan {
  date @0 :Text;  # YYYY-MM-DD, in the zone of Founded.
}

struct SuiteAdded {
  # A version of a suite, rendered: immutable from here on.
  name @0 :Text;
  version @1 :UInt32;
  digest @2 :Data;
  planRoot @3 :Data;
  items @4 :UInt64;
  requests @5 :UInt64;
  manifest @6 :Data;
  itemBytes @7 :UInt64;  # Of the largest item, as a Grant carries it. 0: not known.
  round @8 :UInt32;      # 0: the version itself. Else how often it is asked again with this plan.
}

struct ModelAdded {
  name @0 :Text;
  version @1 :UInt32;
  role @2 :Role;
  team @3 :Text;
  released @4 :Text;  # YYYY-MM-DD, or empty.
  engine @5 :Text;
  path @6 :Text;
  options @7 :List(Option);
  digest @8 :Data;
  classKey @9 :Data;
  library @10 :Data;
  gpus @11 :UInt32 = 1;     # Of one slot: 1, 2, 4, ... of one worker.
  gpuKind @12 :Text;        # That they have to be; empty: any, or none at all for one slot.
  gpuMemoryMib @13 :UInt32; # That each has at least; 0: any.
  trainingCutoff @14 :Text; # YYYY-MM-DD, or empty: unknown.
  submitted @15 :Text;      # YYYY-MM-DD, or empty: when it was added.
  reason @16 :Text;         # Of a version that corrects the one before.
  salt @17 :UInt32;         # Generation of its answers: a higher one disowns the others.
  nodes @18 :UInt32 = 1;    # That the gpus are spread over evenly: 1, 2, 4, ... and at most gpus.
  bytes @19 :UInt64;        # Of its files, as whoever added it counted them; 0: not known.

  enum Role {
    candidate @0;
    reference @1;
  }
}

struct ModelRetired {
  name @0 :Text;
  reason @1 :Text;
}

struct TargetAdded {
  name @0 :Text;
  version @1 :UInt32;
  text @2 :Text;  # The target file, as it was given.
  reason @3 :Text;
}

struct JobAccepted {
  # Every item of the plan is pending, until ItemsAdopted says otherwise.
  job @0 :UInt64;
  request @1 :Text;    # The client's request id: a repeated submission finds this job.
  submitter @2 :Text;
  team @3 :Text;
  model @4 :Text;
  modelVersion @5 :UInt32;
  suite @6 :Text;
  suiteVersion @7 :UInt32;
  planRoot @8 :Data;
  items @9 :UInt64;
  priority @10 :Int32;
  classKey @11 :Data;
  library @12 :Data;
  skipLookup @13 :Bool;
  tier @14 :Tier;
  within @15 :Int64;  # Microseconds from here to when it should be over; 0: whenever.
  gpus @16 :UInt32 = 1;  # Of each slot that runs it: what its model needed when it was submitted.
  cause @17 :Text;       # What moved, where the coordinator submitted it by itself.
  round @18 :UInt32;     # The plan is that of this round of the suite; 0: the version's own.
  audit @19 :UInt64;     # The plan is that of this part of the audit's sample; 0: of none.
  part @20 :UInt32;

  enum Tier {
    campaign @0;
    audit @1;
    interactive @2;
    refresh @3;
  }
}

struct AuditCommitted {
  # A sample of the job is to be run again, drawn by a number that is not told yet.
  audit @0 :UInt64;       # Audits count from 1.
  job @1 :UInt64;
  sample @2 :UInt64;      # Items, at most.
  commitment @3 :Data;    # SHA-256 of the number.
  principal @4 :Text;
}

struct AuditDrawn {
  # The number was told. The seed is SHA-256("gwageo audit v1" | root | nonce).
  audit @0 :UInt64;
  root @1 :Data;          # RFC 6962 root over the records up to AuditCommitted, itself included.
  nonce @2 :Data;         # 32 bytes.
  parts @3 :List(Part);

  struct Part {
    notOn @0 :List(Text); # Workers that ran some item of it before.
    plan @1 :SuiteAdded;  # Its items as they stand in the job's plan.
    notBy @2 :List(Text); # Keys of those workers; none where all workers had one.
  }
}

struct ItemsAdopted {
  job @0 :UInt64;
  adoptions @1 :List(Adoption);
}

struct Adoption {
  # The responses of [begin, end) are those of `source`, from sourceBegin on, item by item.
  begin @0 :UInt64;
  end @1 :UInt64;
  source @2 :UInt64;
  sourceBegin @3 :UInt64;
  stored @4 :Bool;
}

struct WorkerJoined {
  worker @0 :UInt64;
  name @1 :Text;
  principal @2 :Text;
  signs @3 :Bool;  # It signs what is recorded of it.
}

struct WorkerDrained {
  worker @0 :UInt64;
  draining @1 :Bool;
}

struct LeaseGranted {
  lease @0 :UInt64;
  job @1 :UInt64;
  worker @2 :UInt64;
  slot @3 :UInt32;
  ranges @4 :List(Range);
  copy @5 :Bool;
  expected @6 :Int64;
  # Microseconds of slot time that the lease is expected to take. The team is charged them now, and
  # gets them back as items leave the lease, when it is charged what they took.
  probe @7 :Bool;
  # The items are answered already, and what comes is compared, not recorded. Nobody is charged.
}

struct LeaseShrunk {
  lease @0 :UInt64;
  removed @1 :List(Range);
}

struct ResultsRecorded {
  # These items are done: their records are in the store, in the same batch as this fact.
  lease @0 :UInt64;
  job @1 :UInt64;
  ranges @2 :List(Range);
  recordsRoot @3 :Data;
  outcomes @4 :List(UInt64);  # Items by outcome number, cut after the last that is not 0.
}

struct AttemptFailed {
  # These items are pending again, with one try used up.
  lease @0 :UInt64;
  job @1 :UInt64;
  ranges @2 :List(Range);
  outcome @3 :Outcome;
}

struct LeaseEnded {
  lease @0 :UInt64;
  reason @1 :Reason;

  enum Reason {
    expired @0;
    workerGone @1;
    givenBack @2;
    loadFailed @3;
    cancelled @4;
    probed @5;
    keyEnded @6;
    taken @7;
  }
}

struct BatchSigned {
  # The worker has signed these of its ResultsRecorded, which are counted from 0 in its life.
  worker @0 :UInt64;
  batch @1 :UInt64;        # Counts the worker's batches, from 0.
  chunks @2 :List(Range);
  root @3 :Data;           # Over them: protocol/statement.h.
  signature @4 :Data;      # 64 bytes.
}

struct ItemsGivenUp {
  # These items are settled with this outcome and no response.
  job @0 :UInt64;
  ranges @1 :List(Range);
  outcome @2 :Outcome;
}

struct JobCancelled {
  job @0 :UInt64;
  principal @1 :Text;  # Empty: the coordinator, for the reason.
  reason @2 :Text;     # With a principal only of a job that is over: answers of it are gone.
}

struct JobFailed {
  job @0 :UInt64;
  reason @1 :Text;
}

struct Scored {
  # A scorecard: the roots from which anybody can compute it again, and its exact sums.
  job @0 :UInt64;
  planRoot @1 :Data;
  resultsRoot @2 :Data;
  scoresRoot @3 :Data;
  scorer @4 :Data;
  items @5 :UInt64;
  outcomes @6 :List(UInt64);  # As in ResultsRecorded.
  executed @7 :UInt64;
  reused @8 :UInt64;
  sums @9 :List(Sum);         # By task, in suite order.
  unscored @10 :UInt64;       # Items that were answered and that no scorer could read.

  struct Sum {
    sum @0 :UInt64;
    count @1 :UInt64;
  }
}

struct VerdictReached {
  target @0 :Text;
  targetVersion @1 :UInt32;
  candidate @2 :Text;   # A model, or a row of a leaderboard.
  asOf @3 :Text;        # YYYY-MM-DD
  generation @4 :UInt64;
  inputs @5 :Data;
  verdict @6 :Text;     # pass, fail, inconclusive, pending or ineligible.
  document @7 :Data;
}

struct TeamSet {
  # Everything that is set of a team; the newest counts. A team that nobody set has the weight 1, no
  # parent and no bounds. What a group may use, all below it may use together.
  name @0 :Text;
  parent @1 :Text;      # A team that is set, or empty.
  weight @2 :UInt32;    # Relative to its siblings; 1 to team_weight_max.
  guarantee @3 :UInt32; # GPUs in use at once, or slots where there are none.
  limit @4 :UInt32;     # The same; 0: none.
  jobsMax @5 :UInt32;   # Open at once; 0: any number, as below.
  itemsMax @6 :UInt64;  # Unsettled at once.
  gpuHoursMax @7 :UInt64;  # In all.
  principal @8 :Text;
}

struct JobPaused {
  # Pending items of a paused job get no lease; what is under a lease goes on.
  job @0 :UInt64;
  paused @1 :Bool;
  principal @2 :Text;  # None: the coordinator itself.
  reason @3 :Text;     # The coordinator's.
}

struct AnswersDiffered {
  # A worker answered an item otherwise than the answer that counts, which came first and stays.
  job @0 :UInt64;
  index @1 :UInt64;
  kept @2 :UInt64;  # Lease of the answer that counts.
  keptLeaf @3 :Data;
  other @4 :UInt64;
  otherLeaf @5 :Data;
}

struct ChecksSet {
  # From here on so many millionths of the items that workers answer lead to a check.
  again @0 :UInt32;  # They are asked of another worker.
  known @1 :UInt32;  # Their worker is asked an item that two others agree on.
  principal @2 :Text;
}

struct AnswersDisowned {
  # Whatever a worker of this name has answered up to here counts no more. The records stay; jobs
  # that hold one of those answers, or took one over, count for nothing.
  worker @0 :Text;
  reason @1 :Text;
  principal @2 :Text;
}

struct AnswersChecked {
  # The worker of this lease, a probe, has answered these items, and was compared with who had.
  lease @0 :UInt64;
  job @1 :UInt64;
  items @2 :List(Item);

  struct Item {
    index @0 :UInt64;
    by @1 :UInt64;     # Whose answer counts, and stays: a worker.
    other @2 :UInt64;  # Of a third: the worker who had answered otherwise. Else 0.
    kind @3 :Kind;
    finding @4 :Finding;
  }
  enum Kind {
    again @0;
    third @1;
    known @2;
  }
  enum Finding {
    agreed @0;
    differed @1;
    keptRight @2;
    otherRight @3;
    undecided @4;
  }
}

struct ClaimsImported {
  # A state of a leaderboard that others published. Of one release the newest import is what the
  # board says from `seen` on; those before stay what it said until then.
  board @0 :Text;
  release @1 :Text;   # YYYY-MM-DD; empty: the board has no releases.
  version @2 :UInt32; # Of this release's table, from 1.
  seen @3 :Text;      # YYYY-MM-DD
  format @4 :Format;
  source @5 :Text;    # The file's path as it was given.
  file @6 :Data;      # Blob: the file.
  categoriesSource @7 :Text;
  categories @8 :Data;  # Likewise; all zero: none.
  models @9 :UInt32;
  tasks @10 :UInt32;
  added @11 :UInt64;    # Cells that the version before did not have.
  removed @12 :UInt64;  # Cells that only the version before had.
  restated @13 :UInt64; # Cells with another value.
  firstSeen @14 :List(Text);  # Models that the board was not known to have by then.
  reason @15 :Text;     # Of a correction.
  principal @16 :Text;

  enum Format {
    livebench @0;
    aider @1;
    claims @2;
  }
}

struct JobPrioritised {
  # In place of the priority in JobAccepted.
  job @0 :UInt64;
  priority @1 :Int32;  # -priority_max to priority_max.
  principal @2 :Text;
}

struct WorkerQuarantined {
  # Workers of this name get no lease, in any life, until they are quarantined no more.
  name @0 :Text;
  quarantined @1 :Bool;
  reason @2 :Text;  # Empty when the quarantine ends.
  principal @3 :Text;
}

struct RosterChanged {
  # From this day on the candidate is on the target's roster, or is not any more.
  target @0 :Text;
  candidate @1 :Text;
  entered @2 :Bool;
  date @3 :Text;  # YYYY-MM-DD
  reason @4 :Text;
  principal @5 :Text;
}

struct StageOpened {
  # Until the stage is closed its target is judged by this version, on this suite version.
  stage @0 :Text;
  target @1 :Text;
  targetVersion @2 :UInt32;
  suiteVersion @3 :UInt32;  # 0: the target is judged on claims.
  date @4 :Text;
  principal @5 :Text;
}

struct StageClosed {
  # The stage's verdicts are what they are: those of the document.
  stage @0 :Text;
  date @1 :Text;
  document @2 :Data;
  reason @3 :Text;
  principal @4 :Text;
}

struct GateDecided {
  # Of several on one component of a candidate's gate the newest counts.
  target @0 :Text;
  stage @1 :Text;  # That was open; empty: none.
  candidate @2 :Text;
  gate @3 :Text;
  component @4 :Text;
  passed @5 :Bool;
  rule @6 :Text;       # Version of the rules by which was decided.
  evidence @7 :Data;   # Blob; all zero: none.
  evidenceName @8 :Text;
  reason @9 :Text;
  date @10 :Text;
  principal @11 :Text;
}

struct PointsRecorded {
  # Of several on one part of a candidate's composition the newest count.
  target @0 :Text;
  stage @1 :Text;
  candidate @2 :Text;
  part @3 :Text;    # Path in the composition, for instance "benchmark/individual".
  points @4 :Text;  # A decimal, as it was given.
  evidence @5 :Data;
  evidenceName @6 :Text;
  reason @7 :Text;
  date @8 :Text;
  principal @9 :Text;
}

struct Published {
  # What was under embargo may be seen by everybody from now on.
  target @0 :Text;
  stage @1 :Text;  # Empty: the target's verdicts up to this day.
  date @2 :Text;
  principal @3 :Text;
}
