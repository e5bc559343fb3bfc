// Every op of `cnx`: text to text, and through bytecode, unchanged.
// RUN: cnx-opt %s --verify-roundtrip | cnx-opt | FileCheck %s
// RUN: cnx-opt %s --emit-bytecode | cnx-opt | FileCheck %s

// CHECK: module attributes {cnx.info = "{}", cnx.name = "micro"}
module attributes {cnx.name = "micro", cnx.info = "{}"} {

// CHECK: cnx.weight @stem.0.weight : tensor<24x3x4x4xf32> {file = "m.safetensors", frozen, tensor = "stem.0.weight"}
cnx.weight @stem.0.weight : tensor<24x3x4x4xf32> {file = "m.safetensors", tensor = "stem.0.weight", frozen}
// CHECK: cnx.weight @stem.0.bias : tensor<24xf32> {init = #cnx<init trunc_normal>, init_value = 2.500000e-01 : f64, seed = 7 : i64}
cnx.weight @stem.0.bias : tensor<24xf32> {init = #cnx<init trunc_normal>, init_value = 0.25, seed = 7 : i64}
// The defaults are not printed.
// CHECK: cnx.weight @zero : tensor<24xf32>{{$}}
cnx.weight @zero : tensor<24xf32> {init = #cnx<init zeros>, init_value = 0.0, seed = 0 : i64}
// CHECK: cnx.weight @one : tensor<24xf32> {init = #cnx<init ones>}
cnx.weight @one : tensor<24xf32> {init = #cnx<init ones>}
// CHECK: cnx.weight @half : tensor<24xf32> {init = #cnx<init constant>, init_value = 5.000000e-01 : f64}
cnx.weight @half : tensor<24xf32> {init = #cnx<init constant>, init_value = 0.5}

// CHECK-LABEL: func.func @image
// CHECK-SAME: {cnx.name = "image"}
// CHECK-SAME: {cnx.name = "logits"}
func.func @image(%image: tensor<1x3x9x8xui8> {cnx.name = "image"}) -> (tensor<1x2x2x24xf32> {cnx.name = "logits"}) {
  // CHECK: cnx.relayout %{{.*}} to "nhwc" : tensor<1x3x9x8xui8>
  %nhwc = cnx.relayout %image to "nhwc" : tensor<1x3x9x8xui8>
  // CHECK: cnx.normalize_input %{{.*}} mean = [1.0, 2.0, 3.0] std = [4.0, 5.0, 6.0] : tensor<1x9x8x3xui8>
  %normal = cnx.normalize_input %nhwc mean = [1.0, 2.0, 3.0] std = [4.0, 5.0, 6.0] : tensor<1x9x8x3xui8>
  // CHECK: cnx.cast %{{.*}} : tensor<1x9x8x3xui8>
  %cast = cnx.cast %nhwc : tensor<1x9x8x3xui8>
  // CHECK: %stem.0.weight = cnx.get_weight @stem.0.weight : tensor<24x3x4x4xf32>
  %w = cnx.get_weight @stem.0.weight : tensor<24x3x4x4xf32>
  // CHECK: cnx.patch_conv %{{.*}}, %stem.0.weight kernel = 4 features = 24 : tensor<1x9x8x3xf32>, tensor<24x3x4x4xf32>
  %a = cnx.patch_conv %normal, %w kernel = 4 features = 24 : tensor<1x9x8x3xf32>, tensor<24x3x4x4xf32>
  %b = cnx.get_weight @stem.0.bias : tensor<24xf32>
  // CHECK: %[[PANELS:.*]] = cnx.pack_panels %stem.0.weight : tensor<24x3x4x4xf32>
  %panels = cnx.pack_panels %w : tensor<24x3x4x4xf32>
  // CHECK: cnx.patch_conv %{{.*}}, %[[PANELS]], %stem.0.bias kernel = 4 features = 24 : tensor<1x9x8x3xf32>, tensor<2x48x16xf32>, tensor<24xf32>
  %c = cnx.patch_conv %cast, %panels, %b kernel = 4 features = 24 : tensor<1x9x8x3xf32>, tensor<2x48x16xf32>, tensor<24xf32>
  // CHECK: cnx.add %{{.*}}, %{{.*}} : tensor<1x2x2x24xf32>, tensor<1x2x2x24xf32>
  %d = cnx.add %a, %c : tensor<1x2x2x24xf32>, tensor<1x2x2x24xf32>
  return %d : tensor<1x2x2x24xf32>
}

// CHECK-LABEL: func.func @layers
func.func @layers(%x: tensor<2x5x4x6xf32>, %w: tensor<6x1x7x7xf32>, %v: tensor<6xf32>, %m: tensor<24x6xf32>, %factor: tensor<2xf32>) {
  // CHECK: cnx.dwconv %{{.*}}, %{{.*}}, %{{.*}} kernel = 7 : tensor<2x5x4x6xf32>, tensor<6x1x7x7xf32>, tensor<6xf32>
  %d = cnx.dwconv %x, %w, %v kernel = 7 : tensor<2x5x4x6xf32>, tensor<6x1x7x7xf32>, tensor<6xf32>
  // CHECK: cnx.pack_taps %{{.*}} : tensor<6x1x7x7xf32>
  %taps = cnx.pack_taps %w : tensor<6x1x7x7xf32>
  // CHECK: cnx.pad_vector %{{.*}} : tensor<6xf32>
  %padded = cnx.pad_vector %v : tensor<6xf32>
  // CHECK: cnx.dwconv {{.*}} kernel = 7 : tensor<2x5x4x6xf32>, tensor<7x7x16xf32>, tensor<16xf32>
  %d2 = cnx.dwconv %x, %taps, %padded kernel = 7 : tensor<2x5x4x6xf32>, tensor<7x7x16xf32>, tensor<16xf32>
  // CHECK: cnx.layer_norm %{{.*}} eps = 5.000000e-01 : tensor<2x5x4x6xf32>
  %xhat, %rstd = cnx.layer_norm %d eps = 0.5 : tensor<2x5x4x6xf32>
  // CHECK: cnx.affine %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<6xf32>
  %n = cnx.affine %xhat, %v, %v : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<6xf32>
  // CHECK: cnx.linear %{{.*}}, %{{.*}} features = 24 : tensor<2x5x4x6xf32>, tensor<24x6xf32>
  %h = cnx.linear %n, %m features = 24 : tensor<2x5x4x6xf32>, tensor<24x6xf32>
  // CHECK: cnx.gelu %{{.*}} : tensor<2x5x4x24xf32>
  %g = cnx.gelu %h : tensor<2x5x4x24xf32>
  %gamma = cnx.get_weight @one : tensor<24xf32>
  // CHECK: cnx.grn %{{.*}}, %one, %one eps = 5.000000e-01 : tensor<2x5x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  %r = cnx.grn %g, %gamma, %gamma eps = 0.5 : tensor<2x5x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  // CHECK: cnx.grn_factor %{{.*}}, %one eps = 5.000000e-01 : tensor<2x5x4x24xf32>, tensor<24xf32>
  %u = cnx.grn_factor %r, %gamma eps = 0.5 : tensor<2x5x4x24xf32>, tensor<24xf32>
  // CHECK: cnx.image_scale %{{.*}}, %{{.*}} : tensor<2x5x4x24xf32>, tensor<2x24xf32>
  %s = cnx.image_scale %r, %u : tensor<2x5x4x24xf32>, tensor<2x24xf32>
  // CHECK: cnx.channel_bias %{{.*}}, %one : tensor<2x5x4x24xf32>, tensor<24xf32>
  %cb = cnx.channel_bias %s, %gamma : tensor<2x5x4x24xf32>, tensor<24xf32>
  // CHECK: cnx.scale %{{.*}}, %one : tensor<2x5x4x24xf32>, tensor<24xf32>
  %ls = cnx.scale %cb, %gamma : tensor<2x5x4x24xf32>, tensor<24xf32>
  // CHECK: cnx.drop_path %{{.*}}, %{{.*}} rate = 1.250000e-01 site = 3 : tensor<2x5x4x24xf32>, tensor<2xf32>
  %dp = cnx.drop_path %ls, %factor rate = 0.125 site = 3 : tensor<2x5x4x24xf32>, tensor<2xf32>
  // CHECK: cnx.mean_pool %{{.*}} : tensor<2x5x4x24xf32>
  %p = cnx.mean_pool %dp : tensor<2x5x4x24xf32>
  // CHECK: cnx.layer_norm %{{.*}} eps = 5.000000e-01 : tensor<2x24xf32>
  %xh, %rs = cnx.layer_norm %p eps = 0.5 : tensor<2x24xf32>
  // CHECK: cnx.relayout %{{.*}} to "nchw" : tensor<2x5x4x24xf32>
  %out = cnx.relayout %dp to "nchw" : tensor<2x5x4x24xf32>
  return
}

// CHECK-LABEL: func.func @weight_expressions
func.func @weight_expressions(%w: tensor<24x6xf32>, %v: tensor<6xf32>, %b: tensor<24xf32>) {
  // CHECK: cnx.fold_in %{{.*}}, %{{.*}} : tensor<24x6xf32>, tensor<6xf32>
  %0 = cnx.fold_in %w, %v : tensor<24x6xf32>, tensor<6xf32>
  // CHECK: cnx.fold_out %{{.*}}, %{{.*}} : tensor<24x6xf32>, tensor<24xf32>
  %1 = cnx.fold_out %0, %b : tensor<24x6xf32>, tensor<24xf32>
  // CHECK: cnx.fold_bias %{{.*}}, %{{.*}}, %{{.*}} : tensor<24xf32>, tensor<24x6xf32>, tensor<6xf32>
  %2 = cnx.fold_bias %b, %1, %v : tensor<24xf32>, tensor<24x6xf32>, tensor<6xf32>
  // CHECK: cnx.fold_bias %{{.*}}, %{{.*}} : tensor<24x6xf32>, tensor<6xf32>
  %3 = cnx.fold_bias %1, %v : tensor<24x6xf32>, tensor<6xf32>
  // CHECK: cnx.constant [0.5, -0.125]
  %4 = cnx.constant [0.5, -0.125]
  return
}

// CHECK-LABEL: func.func @kernels
func.func @kernels(%x: tensor<2x6xf32>, %y: tensor<2x6xf32>) -> tensor<2x6xf32> {
  // CHECK: cnx.kernel "single"(%{{.*}}, %{{.*}}) {in_place = array<i64: 0, 1>} : (tensor<2x6xf32>, tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0 = cnx.kernel "single"(%x, %y) {in_place = array<i64: 0, 1>} : (tensor<2x6xf32>, tensor<2x6xf32>) -> tensor<2x6xf32> {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<2x6xf32>, %[[B:.*]]: tensor<2x6xf32>):
  ^bb0(%a: tensor<2x6xf32>, %b: tensor<2x6xf32>):
    // CHECK-NEXT: %[[SUM:.*]] = cnx.add %[[A]], %[[B]]
    %sum = cnx.add %a, %b : tensor<2x6xf32>, tensor<2x6xf32>
    // CHECK-NEXT: cnx.yield %[[SUM]] : tensor<2x6xf32>
    cnx.yield %sum : tensor<2x6xf32>
  }
  return %0 : tensor<2x6xf32>
}
}
