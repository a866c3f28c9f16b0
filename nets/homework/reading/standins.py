"""Import what a person's file imports, or what can stand in for it.

Plotting and data packages do nothing here; the helper modules of the course are provided where
they are missing; other files beside the person's own give their definitions only.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import types
from collections.abc import MutableSequence
from functools import partial
from pathlib import Path
from typing import Any

from nets.homework.reading import older
from nets.homework.reading.helpers import cached, plain
from nets.homework.reading.source import SourceError, definitions, read

__all__ = ["Importer", "MissingError", "Nothing", "is_helper", "run_definitions"]

_STUBBED = re.compile(
    r"^(matplotlib|mpl_toolkits|seaborn|plotly|bokeh|PIL|cv2|skimage|imageio|IPython|ipywidgets|"
    r"h5py|pandas|sklearn|tensorflow|tf|keras|torch|torchvision|theano|tqdm|requests|urllib\d?|"
    r"wget|gzip|gensim|nltk|mnist|cifar\w*|joblib|openpyxl|google|kaggle|streamlit|pygame|tkinter|"
    r"testCases\w*|test_?cases\w*|public_tests\w*|test_utils\w*|lr_utils\w*|unit_?tests\w*)$",
    re.IGNORECASE,
)
_CACHED = re.compile(r"^(dnn_utils|dnn_app_utils)\w*$")
_PLAIN = re.compile(r"^(planar_utils|reg_utils|opt_utils|init_utils|gc_utils)\w*$")


def is_helper(module: str) -> bool:
    """Return whether a module of this name is a helper module of the course."""
    return bool(_CACHED.match(module) or _PLAIN.match(module))


class MissingError(Exception):
    """The person's code computes with something of a package or file that is not there."""


class Nothing:
    """Stands for anything of a package that is not run: calling it, or asking it, does nothing.

    Parameters
    ----------
    name : str
        As a person would say it: ``activations.sigmoid``.
    """

    def __init__(self, name: str = "nothing") -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return nothing; of a decorator, what it decorates; of a progress bar, what it shows."""
        shows = self.__name__.rpartition(".")[2] == "tqdm"
        if len(args) == 1 and (shows or (callable(args[0]) and not kwargs)):
            return args[0]
        return Nothing(f"{self.__name__}(…)")

    def __getitem__(self, key: Any) -> Any:
        return Nothing(f"{self.__name__}[…]")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Forget what is assigned."""

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        """Let errors pass."""

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)  # `class Model(keras.Model)`

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - of any operation
        name = self.__name__.partition("(")[0].partition("[")[0]
        raise MissingError(f"{name} is needed, and is neither installed nor beside the file")

    __array__ = __array_ufunc__ = __array_function__ = __float__ = __len__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _refuse
    __rtruediv__ = __matmul__ = __rmatmul__ = __pow__ = __rpow__ = __neg__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __iadd__ = __isub__ = __imul__ = _refuse


class _StubModule(types.ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: MutableSequence[str] = []
        self.__all__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return _nothing(self.__name__, name)


def _nothing(module: str, name: str) -> Any:
    """Stand for a name of a module, but for those that Python itself asks modules for."""
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    if module.partition(".")[0] in ("past", "future", "six"):  # `from past.builtins import xrange`
        return older.NAMES.get(name, getattr(builtins, name, Nothing(f"{module}.{name}")))
    return Nothing(f"{module}.{name}")


class Importer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules as the class docstring of this module says.

    Parameters
    ----------
    folder : Path
        Where the person's file is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missing: list[str] = []
        self._elsewhere: dict[str, bool] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        """Return how to load `fullname`; None leaves it to Python."""
        root = fullname.partition(".")[0]
        if self._beside(fullname) is not None or self._helper(root) is not None:
            return importlib.machinery.ModuleSpec(fullname, self)
        if _STUBBED.match(root) or not _installed(root):
            if not _STUBBED.match(root) and root not in self.missing:
                self.missing.append(root)
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return an empty module."""
        root = spec.name.partition(".")[0]
        if self._beside(spec.name) is not None or self._helper(root) is not None:
            return types.ModuleType(spec.name)
        return _StubModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Fill the module."""
        beside = self._beside(module.__name__)
        helper = self._helper(module.__name__.partition(".")[0])
        if beside is not None:
            if beside.is_dir():
                module.__path__ = []
                beside = beside / "__init__.py"
                if not beside.exists():
                    return
            try:
                source = read(beside)
            except SourceError as error:
                raise ImportError(f"{beside.name}: {error}") from error
            run_definitions(source.tree, str(beside), vars(module))
        elif helper is not None:
            vars(module).update({name: getattr(helper, name) for name in helper.__all__})
            module.__getattr__ = partial(_nothing, module.__name__)  # type: ignore[method-assign]

    def lacks(self, fullname: str) -> bool:
        """Return whether a module is neither installed nor beside the file nor a helper's."""
        root = fullname.partition(".")[0]
        there = self._beside(fullname) is not None or self._helper(root) is not None
        return not there and not _installed(root)

    def _beside(self, fullname: str) -> Path | None:
        """Return the file or folder of that name beside the person's own, or one folder up."""
        folders = [self.folder]
        root = fullname.partition(".")[0]
        if root not in self._elsewhere:  # as what is imported already seems installed
            self._elsewhere[root] = _installed(root)
        if not self._elsewhere[root]:
            folders.append(self.folder.parent)  # `sys.path.append("..")`
        for folder in folders:
            stem = folder.joinpath(*fullname.split("."))
            for found in (stem.with_name(stem.name + ".py"), stem):
                if found.exists() and (found.suffix == ".py" or found.is_dir()):
                    return found
        return None

    def _helper(self, root: str) -> types.ModuleType | None:
        if self._beside(root) is not None:
            return None
        return cached if _CACHED.match(root) else plain if _PLAIN.match(root) else None


def _installed(root: str) -> bool:
    if root == "test":  # Python's own tests are nothing that a file wants
        return False
    if root in sys.builtin_module_names or root in sys.stdlib_module_names or root in sys.modules:
        return True
    try:
        return importlib.machinery.PathFinder.find_spec(root) is not None
    except (ImportError, ValueError):
        return False


def run_definitions(tree: ast.Module, filename: str, namespace: dict[str, Any]) -> None:
    """Run imports, definitions and constants, one by one; what fails is left undefined."""
    for node in definitions(tree).body:
        code = compile(ast.Module([node], []), filename, "exec", dont_inherit=True)
        try:
            exec(code, namespace)
        except Exception:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                raise
