// One case a message of what one op of `plan` can see.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{extents are positive, found 0}}
plan.parameter @p [8, 0]

// -----

// expected-error @+1 {{has a file without a tensor, or a tensor without a file}}
plan.parameter @p [8] {tensor = "t"}

// -----

// expected-error @+1 {{has -1 bytes}}
plan.segment @s kind = arena bytes = -1

// -----

// expected-error @+1 {{offset 32 is not a multiple of 64 bytes from 0 up}}
plan.constant @c in @w at 32 bytes = 64 expr = "@p" shape = [16]

// -----

// expected-error @+1 {{extents are positive, found -16}}
plan.constant @c in @w at 0 bytes = 64 expr = "@p" shape = [-16]

// -----

// expected-error @+1 {{has 60 bytes, its shape has 64}}
plan.constant @c in @w at 0 bytes = 60 expr = "@p" shape = [16]

// -----

// expected-error @+1 {{has no expression}}
plan.constant @c in @w at 0 bytes = 64 expr = "" shape = [16]

// -----

// expected-error @+1 {{names @w, which does not exist}}
plan.constant @c in @w at 0 bytes = 64 expr = "@p" shape = [16]

// -----

plan.segment @w kind = arena bytes = 64
// expected-error @+1 {{lies in @w, a segment of kind arena, expected weights}}
plan.constant @c in @w at 0 bytes = 64 expr = "@p" shape = [16]

// -----

// expected-error @+1 {{access "x", expected "r", "w" or "rw"}}
plan.kernel @k fusion = "single" access = ["r", "x"] scalars = 0 flops = 0 bytes = 0 graph = "{}"

// -----

// expected-error @+1 {{has -1 scalars}}
plan.kernel @k fusion = "single" access = [] scalars = -1 flops = 0 bytes = 0 graph = "{}"

// -----

// expected-error @+1 {{flops and bytes are not negative}}
plan.kernel @k fusion = "single" access = [] scalars = 0 flops = -1 bytes = 0 graph = "{}"

// -----

// expected-error @+1 {{batch -1, expected at least 1, or 0 for none}}
plan.program @f direction = "forward" batch = -1 {
}

// -----

// expected-error @+1 {{has no direction}}
plan.program @f direction = "" batch = 1 {
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{stands in a program, which holds sections, views, allocations and launches}}
  %0 = cnx.constant [1.0]
}

// -----

plan.segment @s kind = arena bytes = 4096
plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{offset 96 is not a multiple of 64 bytes from 0 up}}
  %0 = plan.view @s at 96 : !plan.buffer<2x16xf32>
}

// -----

plan.segment @s kind = arena bytes = 4096
plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{offset -64 is not a multiple of 64 bytes from 0 up}}
  %0 = plan.view @s at -64 : !plan.buffer<2x16xf32>
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{names @s, which does not exist}}
  %0 = plan.view @s at 0 : !plan.buffer<2x16xf32>
}

// -----

// expected-note @+1 {{declared here}}
plan.kernel @k fusion = "single" access = ["r", "w"] scalars = 1 flops = 0 bytes = 0 graph = "{}"
plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{names @k, which is not a segment}}
  %0 = plan.view @k at 0 : !plan.buffer<2x16xf32>
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{names @k, which does not exist}}
  plan.launch @k() id = 0
}

// -----

// expected-note @+1 {{declared here}}
plan.segment @k kind = arena bytes = 0
plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{names @k, which is not a kernel}}
  plan.launch @k() id = 0
}

// -----

plan.kernel @k fusion = "single" access = ["r", "w"] scalars = 1 flops = 0 bytes = 0 graph = "{}"
plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{id -1 is negative}}
  plan.launch @k() id = -1
}

// -----

// expected-note @+1 {{kernel declared here}}
plan.kernel @k fusion = "single" access = ["r", "w"] scalars = 1 flops = 0 bytes = 0 graph = "{}"
plan.program @f direction = "forward" batch = 1 {
  %0 = plan.alloc : !plan.buffer<2x16xf32>
  // expected-error @+1 {{passes 1 buffers to @k, which takes 2}}
  plan.launch @k(%0) scalars [1.0] id = 0 : !plan.buffer<2x16xf32>
}

// -----

// expected-note @+1 {{kernel declared here}}
plan.kernel @k fusion = "single" access = ["r", "w"] scalars = 1 flops = 0 bytes = 0 graph = "{}"
plan.program @f direction = "forward" batch = 1 {
  %0 = plan.alloc : !plan.buffer<2x16xf32>
  // expected-error @+1 {{passes 0 scalars to @k, which takes 1}}
  plan.launch @k(%0, %0) id = 0 : !plan.buffer<2x16xf32>, !plan.buffer<2x16xf32>
}
