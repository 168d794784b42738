// How a pool goes on where loads are scarce, by hand.
#include "coordinator/course.h"

#include <gtest/gtest.h>

namespace gwageo {
namespace {

constexpr std::int64_t one_second = 1'000'000;

Course::Class class_of(TeamNumber team, std::int64_t load, std::int64_t work) {
  Course::Class of;
  of.team = team;
  of.load = seconds(load);
  of.work = work * one_second;
  return of;
}

Course::Bounds bounds_of(std::int64_t gpus, std::int64_t lanes) {
  Course::Bounds bounds;
  bounds.gpus = gpus;
  bounds.lanes = lanes;
  bounds.load_counts = seconds(600);
  return bounds;
}

/// When all of the class is served, in seconds; -1: nobody can say.
std::int64_t over(const Course& course, std::size_t number, std::int64_t work) {
  const std::optional<Duration> in = course.served(number, work * one_second);
  return in ? in->microseconds / one_second : -1;
}

TEST(Course, TeamsLoadByTurnsAndTheMostWorkFirst) {
  const Course course({class_of(0, 60, 30), class_of(0, 60, 50), class_of(0, 60, 40),
                       class_of(1, 60, 20), class_of(1, 60, 10)},
                      bounds_of(8, 1));
  EXPECT_EQ(over(course, 1, 50), 60 + 50);   // The first of 0.
  EXPECT_EQ(over(course, 3, 20), 120 + 20);  // The first of 1.
  EXPECT_EQ(over(course, 2, 40), 180 + 40);
  EXPECT_EQ(over(course, 4, 10), 240 + 10);
  EXPECT_EQ(over(course, 0, 30), 300 + 30);
  EXPECT_EQ(over(course, 0, 15), 300 + 15);
}

TEST(Course, ATurnIsLoadTimeForItsWeight) {
  Course::Class heavy = class_of(0, 60, 10);
  heavy.weight = 2;
  const Course course({heavy, heavy, heavy, class_of(1, 60, 10), class_of(1, 60, 10)},
                      bounds_of(8, 1));
  EXPECT_EQ(over(course, 0, 10), 60 + 10);
  EXPECT_EQ(over(course, 3, 10), 120 + 10);
  EXPECT_EQ(over(course, 1, 10), 180 + 10);
  EXPECT_EQ(over(course, 2, 10), 240 + 10);
  EXPECT_EQ(over(course, 4, 10), 300 + 10);
}

TEST(Course, WhatHasASlotLoadsOnceMoreWhereThatPays) {
  Course::Class large = class_of(0, 60, 600);
  large.slots = 1;
  large.slots_most = 8;
  const Course alone({large}, bounds_of(2, 1));
  EXPECT_EQ(over(alone, 0, 60), 60);
  EXPECT_EQ(over(alone, 0, 600), 60 + 270);
  large.work = 50 * one_second;
  EXPECT_EQ(over(Course({large}, bounds_of(2, 1)), 0, 50), 50);
}

TEST(Course, NothingIsLoadedWithoutAGpuOrALane) {
  Course::Class busy = class_of(0, 60, 100);
  busy.slots = 1;
  EXPECT_EQ(over(Course({busy, class_of(1, 60, 10)}, bounds_of(1, 1)), 1, 10), 100 + 60 + 10);
  Course::Bounds taken = bounds_of(2, 1);
  taken.taken = {seconds(40)};
  EXPECT_EQ(over(Course({busy, class_of(1, 60, 10)}, taken), 1, 10), 40 + 60 + 10);
  Course::Class wide = class_of(1, 60, 10);
  wide.gpus = 2;
  EXPECT_EQ(over(Course({busy, wide}, bounds_of(2, 1)), 1, 10), 100 + 60 + 10);
  EXPECT_EQ(over(Course({wide}, bounds_of(1, 1)), 0, 10), -1);
}

TEST(Course, ALoadThatIsUnderWayComesFirst) {
  Course::Class loads = class_of(0, 60, 10);
  loads.loading = {seconds(25)};
  Course::Bounds taken = bounds_of(4, 1);
  taken.taken = {seconds(25)};
  const Course course({loads, class_of(1, 60, 10)}, taken);
  EXPECT_EQ(over(course, 0, 10), 25 + 10);
  EXPECT_EQ(over(course, 1, 10), 25 + 60 + 10);
}

TEST(Course, ALongLoadTakesALaneNoLongerThanItCounts) {
  const Course course({class_of(0, 3600, 10), class_of(1, 60, 10)}, bounds_of(4, 1));
  EXPECT_EQ(over(course, 0, 10), 3600 + 10);
  EXPECT_EQ(over(course, 1, 10), 600 + 60 + 10);
}

TEST(Course, ATeamHoldsNoMoreThanItMay) {
  Course::Class limited = class_of(0, 60, 100);
  limited.team_gpus = 1;
  const Course course({limited, limited}, bounds_of(4, 4));
  EXPECT_EQ(over(course, 0, 100), 160);
  EXPECT_EQ(over(course, 1, 100), 320);
}

TEST(Course, HigherTiersGoFirst) {
  Course::Class first = class_of(0, 60, 10);
  first.rank = Rank{1, 0};
  Course::Class second_class = class_of(1, 60, 10);
  second_class.rank = Rank{2, 0};
  const Course course({second_class, first, first}, bounds_of(8, 1));
  EXPECT_EQ(over(course, 1, 10), 60 + 10);
  EXPECT_EQ(over(course, 2, 10), 120 + 10);
  EXPECT_EQ(over(course, 0, 10), 180 + 10);
}

TEST(Course, EndsAfterSoManyLoads) {
  std::vector<Course::Class> many(Course::loads_most + 1, class_of(0, 1, 1));
  const Course course(many, bounds_of(1 << 20, 1 << 20));
  EXPECT_EQ(over(course, Course::loads_most - 1, 1), 2);
  EXPECT_EQ(over(course, Course::loads_most, 1), -1);
}

}  // namespace
}  // namespace gwageo
