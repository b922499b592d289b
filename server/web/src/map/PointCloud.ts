/** Where the map is looked at: the place in the middle, and how many pixels a unit of it takes. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

const VERTEX_SHADER = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec2 middle;
uniform vec2 pixels;
uniform float scale;
uniform float size;
out vec4 tint;
void main() {
  vec2 offset = (place - middle) * scale * 2.0 / pixels;
  gl_Position = vec4(offset, 0.0, 1.0);
  // Opaque points stand out.
  gl_PointSize = size * (colour.a > 0.99 ? 1.7 : 1.0);
  tint = colour;
}`;

const FRAGMENT_SHADER = `#version 300 es
precision mediump float;
in vec4 tint;
out vec4 result;
void main() {
  float distance = length(gl_PointCoord - 0.5);
  float cover = 1.0 - smoothstep(0.40, 0.5, distance);
  result = vec4(tint.rgb, 1.0) * tint.a * cover;
}`;

// Where drawing everything takes longer, as it does without a graphics card, a part stands for all while the map moves.
const SLOW_MS = 12;
const WHILE_MOVING = 8_000;

function shader(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const made = gl.createShader(kind);
  if (!made) throw new Error("no shader");
  gl.shaderSource(made, source);
  gl.compileShader(made);
  if (!gl.getShaderParameter(made, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(made) ?? "no shader");
  return made;
}

/**
 * Many points in one draw call of WebGL. Written here because the libraries for it either generate code while they run,
 * which the page's security policy forbids, or bring dozens of packages for one kind of layer.
 */
export class PointCloud {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly places: WebGLBuffer;
  private readonly colours: WebGLBuffer;
  private count = 0;
  /** Whether all points take long to draw; not known before they were drawn. */
  private isSlow: boolean | undefined;

  /** Throws when the browser has no WebGL 2. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("no WebGL 2");
    this.gl = gl;
    this.program = gl.createProgram();
    gl.attachShader(this.program, shader(gl, gl.VERTEX_SHADER, VERTEX_SHADER));
    gl.attachShader(this.program, shader(gl, gl.FRAGMENT_SHADER, FRAGMENT_SHADER));
    gl.linkProgram(this.program);
    gl.useProgram(this.program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.places = gl.createBuffer();
    this.colours = gl.createBuffer();
  }

  /** x and y of each point, one after the other. */
  setPlaces(places: Float32Array<ArrayBuffer>): void {
    this.count = places.length / 2;
    this.isSlow = undefined;
    this.fill("place", this.places, places, 2, this.gl.FLOAT, false);
  }

  /** Red, green, blue and opacity of each point. */
  setColours(colours: Uint8Array<ArrayBuffer>): void {
    this.fill("colour", this.colours, colours, 4, this.gl.UNSIGNED_BYTE, true);
  }

  private fill(
    name: string,
    buffer: WebGLBuffer,
    data: ArrayBufferView<ArrayBuffer>,
    parts: number,
    type: number,
    isNormalised: boolean,
  ): void {
    const { gl } = this;
    const location = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, parts, type, isNormalised, 0, 0);
  }

  /** Sizes are in CSS pixels. While the map moves, a slow drawing leaves points out: their order says nothing about them. */
  draw(view: View, width: number, height: number, pointSize: number, isMoving: boolean): void {
    const { gl, program, canvas } = this;
    const density = window.devicePixelRatio;
    const [across, down] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width !== across || canvas.height !== down) {
      canvas.width = across;
      canvas.height = down;
    }
    gl.viewport(0, 0, across, down);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(gl.getUniformLocation(program, "middle"), view.x, view.y);
    gl.uniform2f(gl.getUniformLocation(program, "pixels"), width, height);
    gl.uniform1f(gl.getUniformLocation(program, "scale"), view.scale);
    gl.uniform1f(gl.getUniformLocation(program, "size"), pointSize * density);
    if (this.isSlow === undefined) {
      const before = performance.now();
      gl.drawArrays(gl.POINTS, 0, this.count);
      // Reading waits for the drawing; `finish` need not.
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      this.isSlow = performance.now() - before > SLOW_MS;
      return;
    }
    gl.drawArrays(gl.POINTS, 0, isMoving && this.isSlow ? Math.min(this.count, WHILE_MOVING) : this.count);
  }
}
