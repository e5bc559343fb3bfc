// One case a message of the buffer type.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{a buffer has at least one axis}}
  %0 = plan.alloc : !plan.buffer<f32>
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{a buffer's extents are positive, found 0}}
  %0 = plan.alloc : !plan.buffer<2x0xf32>
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{a buffer holds f32, bf16 or ui8, found 'f64'}}
  %0 = plan.alloc : !plan.buffer<2x16xf64>
}

// -----

plan.program @f direction = "forward" batch = 1 {
  // expected-error @+1 {{pitch 4 is less than the innermost extent 6}}
  %0 = plan.alloc : !plan.buffer<2x6xf32, pitch = 4>
}
