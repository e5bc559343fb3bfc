#include "compiler/plan/Program.h"

#include <algorithm>

namespace cnx {

const char *segmentKindName(SegmentKind kind) {
  switch (kind) {
  case SegmentKind::weights:
    return "weights";
  case SegmentKind::param:
    return "param";
  case SegmentKind::grad:
    return "grad";
  case SegmentKind::opt:
    return "opt";
  case SegmentKind::arena:
    return "arena";
  case SegmentKind::io:
    return "io";
  case SegmentKind::derived:
    return "derived";
  }
  return "";
}

const char *sectionName(Section section) {
  switch (section) {
  case Section::forward:
    return "forward";
  case Section::loss:
    return "loss";
  case Section::backward:
    return "backward";
  }
  return "";
}

ElementType PlanConstant::type() const {
  return expr.rfind("round_bf16(", 0) == 0 ? ElementType::bf16 : ElementType::f32;
}

int64_t BufferType::elements() const {
  int64_t n = pitch;
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    n *= shape[i];
  return n;
}

int64_t BufferType::bytes() const {
  const int64_t size = type == ElementType::f32 ? 4 : type == ElementType::bf16 ? 2 : 1;
  return elements() * size;
}

int PlanKernel::readCount() const {
  return static_cast<int>(std::count(access.begin(), access.end(), Access::read));
}

static int64_t bytesOf(const Plan &plan, SegmentKind kind) {
  int64_t bytes = 0;
  for (const PlanSegment &segment : plan.segments)
    if (segment.kind == kind)
      bytes += segment.bytes;
  return bytes;
}

const PlanSegment *Plan::findSegment(const std::string &segment) const {
  auto it = std::find_if(segments.begin(), segments.end(),
                         [&](const PlanSegment &s) { return s.name == segment; });
  return it == segments.end() ? nullptr : &*it;
}

bool Plan::isTraining() const { return bytesOf(*this, SegmentKind::param) > 0; }

int64_t Plan::derivedBytes() const { return bytesOf(*this, SegmentKind::derived); }

int64_t Plan::paramOffset() const {
  const int64_t weights = bytesOf(*this, SegmentKind::weights);
  return (weights + kPlanAlignment - 1) / kPlanAlignment * kPlanAlignment;
}

int64_t Plan::payloadBytes() const {
  return isTraining() ? paramOffset() + bytesOf(*this, SegmentKind::param)
                      : bytesOf(*this, SegmentKind::weights);
}

} // namespace cnx
