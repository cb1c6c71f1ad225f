"""Jinja's grammar with the data's rules: a dot is a key and never a method, numbers are decimals, nothing is called
but what is named, and a missing name knows its whole path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.lexer import Lexer, Token
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing

from relay.language.arithmetic import binary, unary
from relay.money import parse_number
from relay.plain import text
from relay.texts import _

Vocabulary = tuple[dict[str, Callable[..., Any]], dict[str, Callable[..., Any]], dict[str, Callable[..., Any]]]
_OF_LOOPS = frozenset(
    ("index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0", "previtem", "nextitem")
)


class Missing(StrictUndefined):
    """What an expression gets for a name that the data doesn't have: any use but `default` and `is defined` fails."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return self._undefined_hint or _("'{name}' is missing", name=self._undefined_name)


class Scope(Context):
    """Names for one evaluation; made without the copies that Jinja's own makes."""

    def __init__(self, grammar: "Grammar", names: Mapping[str, Any], eval_ctx: nodes.EvalContext) -> None:
        self.environment, self.eval_ctx = grammar, eval_ctx
        self.parent: Any = names
        self.vars, self.exported_vars, self.name = {}, set(), None

    def resolve_or_missing(self, key: str) -> Any:
        try:
            return self.parent[key]
        except KeyError:
            return self.environment.globals.get(key, missing)


class _Lexer(Lexer):
    """Reads 1.10 as a decimal, where Jinja makes a float."""

    def wrap(self, stream: Iterable[Any], name: str | None = None, filename: str | None = None) -> Iterator[Token]:
        for item in stream:
            line, kind, written = item
            if kind == "float":
                yield Token(line, kind, parse_number(written.replace("_", "")))  # type: ignore[arg-type]
            else:
                yield from super().wrap([item], name, filename)


class _Generator(CodeGenerator):
    """Writes a dot as a look-up that knows its path, a decimal as a decimal, and folds nothing at compile time."""

    def __init__(self, grammar: "Grammar", *args: Any, **options: Any) -> None:
        super().__init__(grammar, *args, **options)
        self.asked: set[str] = set()

    def enter_frame(self, frame: Frame) -> None:
        """Notes which names the data is asked for: Jinja's own way of telling generates everything once more."""
        super().enter_frame(frame)
        self.asked.update(name for action, name in frame.symbols.loads.values() if action == VAR_LOAD_RESOLVE and name)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        self.write("environment.member(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {_path(node)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        if isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("environment.item(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {_path(node)!r})")

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802
        if isinstance(node.value, Decimal):
            self.write(f"environment.decimal({str(node.value)!r})")
        else:
            super().visit_Const(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("markup_join((" if frame.eval_ctx.autoescape else "str_join((")
        for part in node.nodes:
            self.write("environment.finalize(")
            self.visit(part, frame)
            self.write("), ")
        self.write("))")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> str:
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


def _path(node: nodes.Expr) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{_path(node.node)}[{repr(node.arg.value) if isinstance(node.arg, nodes.Const) else '…'}]"
    return "(…)"


class Grammar(ImmutableSandboxedEnvironment):
    """The one environment; `vocabulary` are its filters, tests and globals by name."""

    code_generator_class = _Generator
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))
    intercepted_unops = frozenset(("+", "-"))
    decimal = Decimal

    def __init__(self, vocabulary: Vocabulary, autoescape: bool) -> None:
        super().__init__(undefined=Missing, finalize=text, autoescape=autoescape, optimized=False, cache_size=0)
        self.filters: Any
        self.tests: Any
        self.globals: Any
        self.filters, self.tests, self.globals = vocabulary
        self._lexer = _Lexer(self)

    @property
    def lexer(self) -> Lexer:
        return self._lexer

    def generated(self, tree: nodes.Template) -> tuple[str, set[str]]:
        """The program of a tree, and the names that it asks the data for."""
        generator = _Generator(self, None, None, optimized=False)
        generator.visit(tree)
        return generator.stream.getvalue(), generator.asked - self.globals.keys()  # type: ignore[attr-defined]

    def root(self, program: str) -> Callable[[Context], Iterator[str]]:
        """What runs a generated program."""
        code = compile(program, "<template>", "exec")
        return self.template_class.from_code(self, code, self.globals).root_render_func

    def member(self, holder: Any, name: str, path: str) -> Any:
        """What a dot gives: the data's key, and nothing that Python would add."""
        if type(holder) is dict or isinstance(holder, Mapping):
            return holder[name] if name in holder else Missing(name=path)
        if isinstance(holder, Undefined):
            return holder
        if not name.startswith("_") and _is_own(holder, name):
            return getattr(holder, name)
        return Missing(name=path)

    def item(self, holder: Any, key: Any, path: str) -> Any:
        """What brackets give: an object's key or a list's or text's place, from the end if negative."""
        if isinstance(key, str):
            return self.member(holder, key, path)
        if isinstance(holder, Undefined):
            return holder
        if type(key) is int and isinstance(holder, list | tuple | str) and -len(holder) <= key < len(holder):
            return holder[key]
        return Missing(name=path)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """For Jinja's own filters; the argument may be data, so an error doesn't show it."""
        return self.item(obj, argument, "attribute")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        return binary(operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        return unary(operator, arg)


def _is_own(holder: Any, name: str) -> bool:
    if isinstance(holder, LoopContext):
        return name in _OF_LOOPS
    return isinstance(holder, Namespace) or (isinstance(holder, tuple) and name in getattr(holder, "_fields", ()))
