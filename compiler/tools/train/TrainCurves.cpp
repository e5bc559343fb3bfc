#include "compiler/tools/train/TrainCurves.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace cnx {

namespace {

struct Series {
  const char *name, *colour;
  std::vector<std::pair<double, double>> points; // step, value
};

constexpr double kWidth = 480, kHeight = 300; // of a panel, pixels
constexpr double kLeft = 50, kRight = 10, kTop = 30, kBottom = 40;

// About five steps of 1, 2 or 5 times a power of ten.
double tickOf(double range) {
  const double rough = range / 5, power = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough)
      return factor * power;
  return 10 * power;
}

class Panel {
public:
  // legend: where the first series' name stands, pixels from the top.
  Panel(double x, const char *title, double legend, double lastStep, double most)
      : x_(x), legend_(legend), lastStep_(lastStep), most_(most > 0 ? most : 1) {
    print(R"(<text x="{:.1f}" y="18" font-weight="bold">{}</text>)", x_ + kLeft, title);
    axes();
  }

  void draw(const Series &series, int index) {
    if (series.points.empty())
      return;
    text_ += "<polyline fill=\"none\" stroke=\"";
    text_ += series.colour;
    text_ += "\" stroke-width=\"1.5\" points=\"";
    for (auto [step, value] : series.points)
      fmt::format_to(std::back_inserter(text_), "{:.1f},{:.1f} ", across(step), down(value));
    text_ += "\"/>\n";
    if (series.points.size() <= 64)
      for (auto [step, value] : series.points)
        print(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2" fill="{}"/>)", across(step), down(value),
              series.colour);
    print(R"(<text x="{:.1f}" y="{:.1f}" fill="{}" text-anchor="end">{}</text>)",
          x_ + kWidth - kRight, legend_ + 14 * index, series.colour, series.name);
  }

  const std::string &text() const { return text_; }

private:
  double across(double step) const {
    return x_ + kLeft + step / lastStep_ * (kWidth - kLeft - kRight);
  }
  double down(double value) const {
    return kHeight - kBottom - value / most_ * (kHeight - kTop - kBottom);
  }

  template <typename... T> void print(fmt::format_string<T...> format, T &&...values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<T>(values)...);
    text_ += '\n';
  }

  void axes() {
    constexpr const char *line =
        R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>)";
    const double tick = tickOf(most_);
    for (double value = 0; value <= most_ + tick / 1e6; value += tick) {
      print(line, x_ + kLeft, down(value), x_ + kWidth - kRight, down(value), "#ddd");
      print(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{:g}</text>)", x_ + kLeft - 5,
            down(value) + 4, value);
    }
    const double step = std::max(1.0, tickOf(lastStep_));
    for (double value = 0; value <= lastStep_; value += step)
      print(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{:g}</text>)", across(value),
            kHeight - kBottom + 16, value);
    print(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="middle">step</text>)", across(lastStep_ / 2),
          kHeight - 6);
    print(line, x_ + kLeft, down(0), x_ + kWidth - kRight, down(0), "black");
    print(line, x_ + kLeft, down(0), x_ + kLeft, down(most_), "black");
  }

  double x_, legend_, lastStep_, most_;
  std::string text_;
};

} // namespace

std::string drawCurves(const TrainNote &note) {
  Series losses[] = {
      {"training", "#1f77b4", {}}, {"validation", "#d62728", {}}, {"averaged", "#2ca02c", {}}};
  Series accuracies[] = {losses[0], losses[1], losses[2]};
  for (const LossCurve::Point &point : note.curve.points())
    losses[0].points.emplace_back(point.step, point.loss);
  for (const EpochRecord &record : note.epochs) {
    const double step = double(record.step);
    accuracies[0].points.emplace_back(step, record.train.accuracy());
    const std::optional<Metrics> *evaluated[] = {&record.validation, &record.average};
    for (int i = 0; i < 2; ++i)
      if (*evaluated[i]) {
        losses[i + 1].points.emplace_back(step, (*evaluated[i])->meanLoss());
        accuracies[i + 1].points.emplace_back(step, (*evaluated[i])->accuracy());
      }
  }
  double highest = 0;
  for (const Series &series : losses)
    for (auto [step, value] : series.points)
      highest = std::max(highest, value);

  const double steps = double(std::max<uint64_t>(1, note.step));
  // Each legend stands where the curves seldom are.
  Panel loss(0, "loss", kTop + 14, steps, highest);
  Panel accuracy(kWidth, "accuracy", kHeight - kBottom - 40, steps, 1);
  for (int i = 0; i < 3; ++i) {
    loss.draw(losses[i], i);
    accuracy.draw(accuracies[i], i);
  }
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
                     "viewBox=\"0 0 {0:g} {1:g}\" font-family=\"sans-serif\" font-size=\"11\">\n"
                     "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{2}{3}</svg>\n",
                     2 * kWidth, kHeight, loss.text(), accuracy.text());
}

} // namespace cnx
