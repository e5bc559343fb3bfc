#include "compiler/codegen/Writer.h"

#include <algorithm>

namespace cnx {
namespace {

// Fills lines of at most `width` columns with the words of a text; a line break in the text stays
// one.
std::vector<std::string> fill(std::string_view words, size_t width) {
  std::vector<std::string> lines(1);
  for (size_t at = 0; at < words.size();) {
    if (words[at] == '\n') {
      lines.emplace_back();
      ++at;
      continue;
    }
    const size_t end = std::min(words.find_first_of(" \n", at), words.size());
    const std::string_view word = words.substr(at, end - at);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width)
      lines.emplace_back();
    if (!lines.back().empty())
      lines.back() += ' ';
    lines.back() += word;
    at = end < words.size() && words[end] == ' ' ? end + 1 : end;
  }
  return lines;
}

} // namespace

void Writer::put(std::string_view code) {
  if (!code.empty())
    text.append(static_cast<size_t>(depth) * 2, ' ');
  text += code;
  text += '\n';
}

void Writer::comment(std::string_view words) {
  const size_t width = kColumns - static_cast<size_t>(depth) * 2 - 3;
  for (const std::string &content : fill(words, width))
    put(content.empty() ? "//" : fmt::format("// {}", content));
}

void Writer::blockComment(std::string_view words) {
  const size_t width = kColumns - static_cast<size_t>(depth) * 2 - 3;
  std::vector<std::string> lines = fill(words, width);
  // The end has to fit behind the last line.
  if (lines.back().size() + 3 > width)
    lines = fill(words, width - 3);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string content = fmt::format("{}{}", i == 0 ? "/* " : " * ", lines[i]);
    if (i + 1 == lines.size())
      content += " */";
    else if (lines[i].empty())
      content.pop_back();
    put(content);
  }
}

void Writer::call(const std::string &head, const std::vector<std::string> &arguments,
                  std::string_view tail) {
  std::vector<std::string> pieces = arguments;
  for (size_t i = 0; i < pieces.size(); ++i)
    pieces[i] += i + 1 < pieces.size() ? "," : fmt::format("){}", tail);
  if (pieces.empty()) {
    put(fmt::format("{}(){}", head, tail));
    return;
  }
  // Under the first argument. Where one would not fit there, a declaration's type gets a line of
  // its own, and a call's arguments stand below the call.
  const size_t margin = static_cast<size_t>(depth) * 2;
  const auto fits = [&](size_t column) {
    return std::all_of(pieces.begin(), pieces.end(), [&](const std::string &piece) {
      return margin + column + piece.size() <= kColumns;
    });
  };
  std::string current = head + "(";
  size_t indent = current.size();
  if (!fits(indent)) {
    const size_t name = head.rfind(' ') + 1;
    if (name > 0 && head.rfind("return ", 0) != 0 && head.find('(') == std::string::npos) {
      put(head.substr(0, name - 1));
      current.erase(0, name);
      indent = current.size();
    } else {
      put(current);
      indent = 4;
      current = std::string(indent, ' ');
    }
  }
  for (const std::string &piece : pieces) {
    if (current.size() == indent) {
      current += piece;
    } else if (margin + current.size() + 1 + piece.size() <= kColumns) {
      current += fmt::format(" {}", piece);
    } else {
      put(current);
      current = std::string(indent, ' ') + piece;
    }
  }
  put(current);
}

void Writer::oneLiner(const std::string &head, const std::string &statement, std::string_view end) {
  const std::string whole = fmt::format("{} {{ {} {}", head, statement, end);
  if (static_cast<size_t>(depth) * 2 + whole.size() <= kColumns) {
    put(whole);
    return;
  }
  open("{} {{", head);
  put(statement);
  close(end);
}

void Writer::rows(const std::vector<Row> &table) {
  const size_t margin = static_cast<size_t>(depth) * 2;
  // A run of rows shares its column as long as one column serves all of them: right of the longest
  // code and early enough for the longest comment.
  for (size_t begin = 0; begin < table.size();) {
    size_t column = 0;
    size_t latest = kColumns;
    size_t end = begin;
    for (; end < table.size() && !table[end].comment.empty(); ++end) {
      const size_t earliest = margin + table[end].code.size() + 1;
      const size_t room = kColumns - std::min(kColumns, table[end].comment.size());
      if (std::max(column, earliest) > std::min(latest, room) && end > begin)
        break;
      column = std::max(column, earliest);
      latest = std::min(latest, room);
    }
    for (size_t i = begin; i < end; ++i) {
      const size_t gap = column - margin - table[i].code.size();
      put(table[i].code + std::string(gap, ' ') + table[i].comment);
    }
    if (end == begin)
      put(table[end++].code);
    begin = end;
  }
}

std::string cString(std::string_view value) {
  std::string result = "\"";
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || (c == '?' && result.back() == '?')) // ?? could begin a trigraph
      result += {'\\', c};
    else if (code < 0x20 || code == 0x7f)
      result += fmt::format("\\{:03o}", code);
    else
      result += c;
  }
  return result + '"';
}

} // namespace cnx
