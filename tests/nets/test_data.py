"""Data sets: generated, packaged, and read from files."""

import re
import sys

import numpy as np
import pytest

from nets import data


def test_the_flower_is_the_course_s():
    """The course's own loop, drawing from the same generator in the same order."""
    rng = np.random.RandomState(1)
    X, Y = np.zeros((400, 2)), np.zeros((400, 1))
    for j in range(2):
        rows = slice(200 * j, 200 * (j + 1))
        t = np.linspace(j * 3.12, (j + 1) * 3.12, 200) + rng.randn(200) * 0.2
        r = 4 * np.sin(4 * t) + rng.randn(200) * 0.2
        X[rows, 0], X[rows, 1], Y[rows] = r * np.sin(t), r * np.cos(t), j
    flower = data.planar_flower()
    np.testing.assert_allclose(flower.X, X.T, rtol=1e-12)
    assert np.array_equal(flower.Y, Y.T)


@pytest.mark.parametrize("make", [data.planar_flower, data.moons, data.circles, data.spiral])
def test_generated_data_have_a_column_for_each_example_and_half_of_each_class(make):
    made = make(200)
    assert made.X.shape == (2, 200)
    assert made.Y.shape == (1, 200)
    assert made.Y.sum() == 100
    assert (made.inputs, made.examples, made.class_count) == (2, 200, 2)
    assert made.name == make.__name__


@pytest.mark.parametrize(
    "make", [data.planar_flower, data.moons, data.circles, data.spiral, data.blobs]
)
def test_a_seed_decides_the_noise_and_nothing_else_does(make):
    assert np.array_equal(make(50, seed=3).X, make(50, seed=3).X)
    assert not np.array_equal(make(50, seed=3).X, make(50, seed=4).X)


@pytest.mark.parametrize(
    "make", [data.planar_flower, data.moons, data.circles, data.spiral, data.blobs]
)
@pytest.mark.parametrize(
    ("m", "message"),
    [
        (1, "m must be at least [23], an example for each class, not 1"),
        (0, "m must be a positive whole number, not 0"),
        (4.0, "m must be a positive whole number, not 4.0"),
    ],
)
def test_fewer_examples_than_classes_are_none(make, m, message):
    with pytest.raises(ValueError, match=message):
        make(m)


def test_without_noise_the_shapes_are_exact():
    circles, moons = data.circles(100, noise=0), data.moons(100, noise=0)
    radii = np.linalg.norm(circles.X, axis=0)
    np.testing.assert_allclose(radii, np.where(circles.Y[0] == 0, 1.0, 0.5))
    centres = np.where(moons.Y == 0, [[0.0], [0.0]], [[1.0], [0.5]])
    np.testing.assert_allclose(np.linalg.norm(moons.X - centres, axis=0), 1)


def test_spirals_and_blobs_have_as_many_classes_and_inputs_as_asked():
    assert data.spiral(300, classes=5).class_count == 5
    made = data.blobs(90, classes=3, inputs=7)
    assert (made.inputs, made.class_count) == (7, 3)


def test_digits_are_scaled_and_split():
    digits = data.digits()
    assert digits.X.shape[0] == digits.X_test.shape[0] == 64
    assert digits.examples + digits.X_test.shape[1] == 1797
    assert digits.X.min() == 0
    assert digits.X.max() == 1
    assert digits.image_shape == (8, 8)
    assert digits.class_count == 10


def test_all_digits_may_be_for_training_and_none_for_testing_alone():
    assert data.digits(test=0).examples == 1797
    assert data.digits(test=0).X_test is None
    with pytest.raises(ValueError, match="less than 1: 20"):
        data.digits(test=20)


@pytest.mark.parametrize("labels", [np.arange(200) // 50, np.arange(200) % 4])
def test_some_examples_are_of_every_class_however_they_are_ordered(labels):
    X = np.arange(400.0).reshape(2, 200)
    chosen, Y = data.Dataset(X, labels.reshape(1, -1)).some(50)
    assert chosen.shape == (2, 50)
    assert np.array_equal(Y[0], labels[chosen[0].astype(int)])
    assert (np.bincount(Y[0]) > 5).all()


def test_some_examples_are_no_more_than_there_are():
    moons = data.moons(20)
    assert np.array_equal(moons.some(64)[0], moons.X)


def test_without_scikit_learn_the_digits_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        data.digits()


# -- arrays in files ------------------------------------------------------------------------------


def saved(folder, kind, **arrays):
    file = folder / f"mine.{kind}"
    if kind == "npz":
        np.savez(file, **arrays)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(file, "w") as archive:
            for name, each in arrays.items():
                archive[name] = each
    return file


rng = np.random.RandomState(0)
IMAGES = rng.randint(256, size=(6, 4, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["npz", "h5"])
@pytest.mark.parametrize("names", ["train_x train_y test_x test_y", "train_set_x train_set_y test_set_x test_set_y", "x_train y_train x_test y_test", "X_train Y_train X_test Y_test"])  # fmt: skip # noqa: E501
def test_images_are_flattened_and_their_bytes_divided_by_255(tmp_path, kind, names):
    x, y, x_test, y_test = names.split()
    arrays = {x: IMAGES, y: np.arange(6) % 2, x_test: IMAGES[:2], y_test: np.array([[1, 0]])}
    made = data.load(saved(tmp_path, kind, **arrays))
    assert made.X.shape == (60, 6)
    assert made.X_test.shape == (60, 2)
    assert made.Y.tolist() == [[0, 1, 0, 1, 0, 1]]
    assert made.Y_test.tolist() == [[1, 0]]
    assert made.image_shape == (4, 5, 3)
    assert made.name == "mine"
    np.testing.assert_allclose(made.X[:, 3].reshape(made.image_shape), IMAGES[3] / 255)


def test_images_of_whole_numbers_are_divided_as_bytes_are(tmp_path):
    arrays = {"train_x": IMAGES.astype(np.int64), "train_y": np.arange(6) % 2}
    made = data.load(saved(tmp_path, "npz", **arrays, test_x=IMAGES, test_y=np.arange(6) % 2))
    assert np.array_equal(made.X, IMAGES.reshape(6, -1).T / 255)
    assert np.array_equal(made.X, made.X_test)


def test_bytes_that_are_flags_stay(tmp_path):
    X = np.array([[0, 1, 1], [1, 0, 1]], dtype=np.uint8)
    made = data.load(saved(tmp_path, "npz", X=X, Y=np.array([0, 1, 1])))
    assert np.array_equal(made.X, X)


def test_training_and_test_data_are_divided_by_the_same(tmp_path):
    X, Y = np.array([[9, 200, 7]], dtype=np.uint8), np.array([0, 1, 1])
    made = data.load(saved(tmp_path, "npz", X=X, Y=Y, X_test=X.astype(int), Y_test=Y))
    assert np.array_equal(made.X_test, X / 255)
    made = data.load(saved(tmp_path, "npz", X=X.astype(int), Y=Y, X_test=X, Y_test=Y))
    assert np.array_equal(made.X_test, X)
    for train, test in ((X, X / 255), (X / 255, X)):
        with pytest.raises(ValueError, match=r"X holds \w+ and X_test \w+; .*: save both alike"):
            data.load(saved(tmp_path, "npz", X=train, Y=Y, X_test=test, Y_test=Y))


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_X_and_Y_hold_columns(tmp_path, kind):
    X = np.arange(6.0).reshape(2, 3)
    made = data.load(saved(tmp_path, kind, X=X, Y=np.array([[0, 1, 1]])))
    assert np.array_equal(made.X, X)
    assert made.Y.tolist() == [[0, 1, 1]]
    assert made.X_test is None
    assert made.image_shape is None


def test_X_and_y_hold_rows_and_Xval_and_yval_are_for_testing(tmp_path):
    X = np.arange(6.0).reshape(3, 2)
    y = np.array([[0], [1], [1]], dtype=np.uint8)
    made = data.load(saved(tmp_path, "npz", X=X, y=y, Xval=X[:2], yval=y[:2]))
    assert np.array_equal(made.X, X.T)
    assert made.Y.tolist() == [[0, 1, 1]]
    assert np.array_equal(made.X_test, X[:2].T)
    assert made.Y_test.tolist() == [[0, 1]]


def test_what_is_an_example_shows_from_the_number_of_labels(tmp_path):
    X = np.arange(6.0).reshape(3, 2)
    made = data.load(saved(tmp_path, "npz", X=X, Y=np.array([0, 1, 1])))
    assert np.array_equal(made.X, X.T)


@pytest.mark.parametrize(("x", "y", "turned"), [("X", "Y", False), ("X", "y", True)])
def test_as_many_examples_as_inputs_are_read_as_the_names_say(tmp_path, x, y, turned):
    X = np.arange(9.0).reshape(3, 3)
    made = data.load(saved(tmp_path, "npz", **{x: X, y: np.array([0, 1, 1])}))
    assert np.array_equal(made.X, X.T if turned else X)


@pytest.mark.parametrize("turned", [False, True])
def test_one_hot_labels_are_turned_with_the_data(tmp_path, turned):
    X, Y = np.arange(8.0).reshape(2, 4), np.eye(3)[:, [0, 2, 1, 0]]
    arrays = {"X": X.T, "y": Y.T} if turned else {"X": X, "Y": Y}
    made = data.load(saved(tmp_path, "npz", **arrays))
    assert np.array_equal(made.X, X)
    assert np.array_equal(made.Y, Y)
    assert made.class_count == 3


def test_the_names_of_the_course_s_classes_are_read(tmp_path):
    arrays = {"train_set_x": IMAGES, "train_set_y": np.arange(6) % 2}
    made = data.load(saved(tmp_path, "h5", **arrays, list_classes=np.array([b"non-cat", b"cat"])))
    assert made.classes == ("non-cat", "cat")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"A": np.ones(3)}, "it holds A; expected one of X, Y; train_x, train_y"),
        ({"X": np.ones((2, 3)), "Y": np.ones(4)}, r"X has shape \(2, 3\), which does not fit Y"),
        ({"X": np.full((2, 3), "a"), "Y": np.ones(3)}, "X must hold real numbers, it holds <U1"),
        ({"X": np.ones((2, 3)), "Y": np.full((2, 3), "a")}, r"words in several rows, .*\(2, 3\)"),
        ({"X": np.ones((2, 3)), "Y": np.array(["a", "", "b"])}, "Y holds '' for example 1, which"),
        ({"X": np.ones((2, 0)), "Y": np.ones(0)}, "X is empty"),
        (
            {
                "X": np.ones((2, 3)),
                "Y": np.ones(3),
                "X_test": np.ones((4, 3)),
                "Y_test": np.ones(3),
            },
            "X has 2 inputs an example, X_test has 4",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, arrays, message):
    with pytest.raises(ValueError, match=message) as caught:
        data.load(saved(tmp_path, "npz", **arrays))
    assert "mine.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pickled_objects_are_never_loaded(tmp_path):
    file = tmp_path / "mine.npz"
    np.savez(file, X=np.array([{"evil": 1}], dtype=object), Y=np.ones(1))
    with pytest.raises(ValueError, match=r"mine.npz: .*allow_pickle.*; save words with .astype"):
        data.load(file)


def test_what_else_a_file_has_need_not_be_readable(tmp_path):
    notes = np.array([{"by": "me"}], dtype=object)
    file = saved(tmp_path, "npz", X=np.ones((2, 3)), Y=np.array([0, 1, 1]), notes=notes)
    assert data.load(file).examples == 3


def test_a_single_array_or_a_damaged_archive_is_refused(tmp_path):
    file = tmp_path / "mine.npz"
    with file.open("wb") as out:
        np.save(out, np.ones(3))
    with pytest.raises(ValueError, match=r"mine\.npz: not an archive of arrays"):
        data.load(file)
    np.savez_compressed(file, X=rng.randn(20, 30), Y=np.ones(30))
    content = bytearray(file.read_bytes())
    content[100:200] = bytes(100)
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"mine\.npz"):
        data.load(file)


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, suffix):
    file = tmp_path / f"mine.{suffix}"
    file.write_text("no archive at all")
    with pytest.raises(ValueError, match=f"mine.{suffix}"):
        data.load(file)


def test_a_missing_file_and_an_unknown_kind_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file: .*gone\.npz"):
        data.load(tmp_path / "gone.npz")
    with pytest.raises(IsADirectoryError, match="is a folder: give a file in it"):
        data.load(tmp_path)
    (tmp_path / "mine.xls").write_text("")
    with pytest.raises(ValueError, match=r"a data file ends with \.npz, \.csv, \.h5, \.hdf5"):
        data.load(tmp_path / "mine.xls")


def test_without_h5py_a_file_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "mine.h5").write_text("")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match="pip install h5py"):
        data.load(tmp_path / "mine.h5")


# -- labels that are not 0, 1, … ------------------------------------------------------------------


def labelled(folder, kind, labels, **more):
    """Return what is loaded from a file of a kind with these labels."""
    X = np.arange(2.0 * len(labels)).reshape(2, -1)
    if kind != "csv":
        return data.load(saved(folder, kind, X=X, Y=np.array(labels), **more))
    lines = [f"{a},{b},{label}\n" for a, b, label in zip(*X, labels, strict=True)]
    return data.load(table(folder, "".join(lines)))


@pytest.mark.parametrize("kind", ["csv", "npz", "h5"])
@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        ([1, 2, 1, 2], [0, 1, 0, 1], ("1", "2")),
        ([-1, 1, 1, -1], [0, 1, 1, 0], ("-1", "1")),
        ([2, 0, 0, 2], [1, 0, 0, 1], ("0", "2")),
        ([1, 3, 2, 3], [0, 2, 1, 2], ("1", "2", "3")),
        ([20, 3, 7, 7, 3, 20], [2, 0, 1, 1, 0, 2], ("3", "7", "20")),
        ([20.0, 3.0, 7.0], [2, 0, 1], ("3", "7", "20")),
        ([9, 4, 4], [1, 0, 0], ("4", "9")),
        ([5, 1, 2, 4, 3, 5, 5], [4, 0, 1, 3, 2, 4, 4], ("1", "2", "3", "4", "5")),
    ],
)
def test_whole_numbers_as_labels_are_classes_of_those_names(tmp_path, kind, labels, numbers, names):
    made = labelled(tmp_path, kind, labels)
    assert made.Y.tolist() == [numbers]
    assert made.Y.dtype.kind == "i"
    assert made.classes == names
    assert made.class_count == len(names)
    assert [made.class_name(k) for k in numbers] == [str(int(each)) for each in labels]


@pytest.mark.parametrize("kind", ["csv", "npz", "h5"])
@pytest.mark.parametrize("labels", [[0, 1, 2], [2, 1, 0, 0], [1, 1, 1], [0, 0], [1]])
def test_labels_that_are_class_numbers_stay(tmp_path, kind, labels):
    made = labelled(tmp_path, kind, labels)
    assert made.Y.tolist() == [labels]
    assert made.classes is None


@pytest.mark.parametrize("kind", ["csv", "npz", "h5"])
@pytest.mark.parametrize(
    "values",
    [
        [0.5, 1.5, 0.5, 1.5],
        [120000, 99000, 154000, 87000],
        [1, 2, 3, 4, 5],
        [1e300, 2e300, 1e300, 2e300],
    ],
)
def test_values_to_predict_are_no_classes(tmp_path, kind, values):
    made = labelled(tmp_path, kind, values)
    assert made.Y.tolist() == [values]
    assert made.classes is None


@pytest.mark.parametrize("kind", ["csv", "npz", "h5"])
def test_labels_that_are_words_are_classes_of_those_names(tmp_path, kind):
    words = ["dog", "cat", "cow", "dog"]
    made = labelled(tmp_path, kind, np.array(words, dtype="S") if kind == "h5" else words)
    assert made.Y.tolist() == [[2, 0, 1, 2]]
    assert made.classes == ("cat", "cow", "dog")


def test_words_for_training_and_testing_are_numbered_together(tmp_path):
    X, Y = np.zeros((2, 2)), np.array(["dog", "cow"])
    made = data.load(saved(tmp_path, "npz", X=X, Y=Y, X_test=X, Y_test=np.array(["cat", "dog"])))
    assert (made.Y.tolist(), made.Y_test.tolist()) == ([[2, 1]], [[0, 2]])
    with pytest.raises(ValueError, match="Y holds <U3 and Y_test int64"):
        data.load(saved(tmp_path, "npz", X=X, Y=Y, X_test=X, Y_test=np.array([0, 1])))


def test_what_an_h5_file_has_in_groups_is_named(tmp_path):
    with pytest.raises(ValueError, match="it holds train/x, train/y; expected one of X, Y"):
        data.load(saved(tmp_path, "h5", **{"train/x": np.ones((2, 3)), "train/y": np.ones(3)}))


def test_links_in_an_h5_file_are_followed_and_what_is_empty_is_no_array(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "mine.h5", "w") as archive:
        archive["A/x"], archive["A/y"] = np.ones((2, 3)), np.array([0, 1, 1])
        archive["X"], archive["Y"] = archive["A/x"], h5py.SoftLink("/A/y")
        archive["Z"], archive["nothing"] = h5py.SoftLink("/nowhere"), h5py.Empty("f")
    assert data.load(tmp_path / "mine.h5").Y.tolist() == [[0, 1, 1]]


def test_text_of_any_length_in_h5_is_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "mine.h5", "w") as archive:
        archive["X"] = np.zeros((2, 2))
        archive["Y"] = np.array([1, 0])
        archive["list_classes"] = np.array(["non-cat", "cat"], dtype=h5py.string_dtype())
    assert data.load(tmp_path / "mine.h5").classes == ("non-cat", "cat")


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "uint8", "uint64", ">i4"])
def test_labels_may_be_of_any_dtype(tmp_path, dtype):
    X, Y = np.zeros((2, 4), dtype="float16"), np.array([3, 20, 3, 7], dtype=dtype)
    made = data.load(saved(tmp_path, "npz", X=X, Y=Y))
    assert made.Y.tolist() == [[0, 2, 0, 1]]
    assert made.classes == ("3", "7", "20")


def test_labels_may_be_true_and_false(tmp_path):
    made = data.load(saved(tmp_path, "npz", X=np.zeros((2, 2)), Y=np.array([True, False])))
    assert made.Y.tolist() == [[1, 0]]
    assert made.class_count == 2


def test_labels_for_training_and_testing_are_numbered_together(tmp_path):
    X, Y, Y_test = np.zeros((2, 4)), np.array([8, 5, 5, 8]), np.array([9, 8, 5, 9])
    made = data.load(saved(tmp_path, "npz", X=X, Y=Y, X_test=X, Y_test=Y_test))
    assert made.Y.tolist() == [[1, 0, 0, 1]]
    assert made.Y_test.tolist() == [[2, 1, 0, 2]]
    assert made.classes == ("5", "8", "9")
    assert made.class_count == 3


def test_the_names_that_a_file_has_for_its_classes_are_kept(tmp_path):
    names = np.array(["cat", "dog", "cow"])
    made = labelled(tmp_path, "npz", [1, 3, 2, 3], classes=names)
    assert made.Y.tolist() == [[0, 2, 1, 2]]
    assert made.classes == ("cat", "dog", "cow")
    made = labelled(tmp_path, "npz", [0, 2, 2, 0], classes=names)  # no dog among these
    assert made.Y.tolist() == [[0, 2, 2, 0]]
    made = labelled(tmp_path, "npz", [0, 1, 1, 0], classes=names)
    assert (made.class_count, made.about_classes) == (3, "3 classes: cat, dog, cow")


def test_labels_beyond_the_names_of_the_classes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"mine.npz: it has names for 2 classes, but labels from"):
        labelled(tmp_path, "npz", [1, 3, 2, 3], classes=np.array(["cat", "dog"]))


def test_many_classes_are_named_in_short():
    made = data.Dataset(
        np.zeros((1, 20)), np.arange(20)[None], classes=tuple("abcdefghijklmnopqrst")
    )
    assert made.about_classes == "20 classes: a, b, c, d, e, f, g, h, i, …, t"
    assert data.moons().about_classes == "2 classes"
    assert made.class_name(25) == "class 25"


# -- tables ---------------------------------------------------------------------------------------


def table(folder, text):
    file = folder / "mine.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "1,2,0\n3,4,1\n5,6,1\n",
        "a,b,c\n1,2,0\n3,4,1\n5,6,1\n",
        "label,a,b\n0,1,2\n1,3,4\n1,5,6\n",
        "a;y;b\n1;0;2\n3;1;4\n\n5;1;6\n",
        "\ufeffa\tb\tClass\r\n1\t2\t0\r\n3\t4\t1\r\n5\t6\t1\r\n",
    ],
)
def test_a_table_has_an_example_a_line_and_its_label_where_it_says_so(tmp_path, text):
    made = data.load(table(tmp_path, text))
    assert made.X.tolist() == [[1, 3, 5], [2, 4, 6]]
    assert made.Y.tolist() == [[0, 1, 1]]
    assert made.Y.dtype.kind == "i"
    assert made.classes is None


@pytest.mark.parametrize("name", ["label", "Labels", "class", "TARGET"])
@pytest.mark.parametrize("header", ["x,y,{}", "y,x,{}", "x,{},y", "{},y,x", "y,Y,{}"])
def test_a_column_that_is_called_label_is_it_whatever_else_is_called_y(tmp_path, name, header):
    header = header.format(name)
    rows = [[0.5, 1.5], [3, 4]], [0, 1]
    at = header.split(",").index(name)
    lines = [",".join(map(str, np.insert(rows[0][k], at, rows[1][k]))) for k in range(2)]
    made = data.load(table(tmp_path, "\n".join([header, *lines])))
    assert made.X.tolist() == [[0.5, 3], [1.5, 4]]
    assert made.Y.tolist() == [[0, 1]]


@pytest.mark.parametrize("text", ["x,y\n1.5,0\n2.5,1\n", "y,x\n0,1.5\n1,2.5\n"])
def test_y_is_the_label_beside_x_alone(tmp_path, text):
    made = data.load(table(tmp_path, text))
    assert made.X.tolist() == [[1.5, 2.5]]
    assert made.Y.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("x,y,colour", "mine.csv: y beside x may be a coordinate or the label; call the label's"),
        ("y,x,z", "y beside x may be a coordinate"),
        ("a,label,class", "columns label and class may each be the label; give one another name"),
        ("label,a,label", "columns label and label may each be the label"),
        ("y,a,Y", "columns y and Y may each be the label"),
    ],
)
def test_a_table_with_two_columns_that_may_be_the_label_is_refused(tmp_path, header, message):
    with pytest.raises(ValueError, match=message):
        data.load(table(tmp_path, f"{header}\n1,2,0\n3,4,1\n"))


def test_labels_that_are_words_become_class_numbers(tmp_path):
    made = data.load(table(tmp_path, "x,species\n1,setosa\n2,virginica\n3,setosa\n"))
    assert made.Y.tolist() == [[0, 1, 0]]
    assert made.classes == ("setosa", "virginica")


@pytest.mark.parametrize("missing", ["", " ", "NA", "?", "nan", "NaN", "null", "n/a", "none", "-"])
@pytest.mark.parametrize("header", ["a,b,y\n", "\n"])
def test_an_example_without_a_label_is_refused_with_its_line(tmp_path, missing, header):
    shown = repr(missing.strip()) if missing.strip() else "an empty field"
    column = "y" if "y" in header else "3"
    message = f"mine.csv, line 3, column {column}: {re.escape(shown)} is not a label"
    with pytest.raises(ValueError, match=message):
        data.load(table(tmp_path, f"{header}1,2,0\n3,4,{missing}\n5,6,1\n"))


def test_a_word_label_may_be_missing_too(tmp_path):
    with pytest.raises(ValueError, match="line 3, column kind: 'NA' is not a label"):
        data.load(table(tmp_path, "a,kind\n1,cat\n2,NA\n3,dog\n"))


def test_none_among_words_is_a_class_like_others(tmp_path):
    made = data.load(table(tmp_path, "a,damage\n1,none\n2,severe\n3,mild\n"))
    assert made.classes == ("mild", "none", "severe")


@pytest.mark.parametrize("text", ["1,2,0,\n3,4,1,\n", "a,b,y,\n1,2,0,\n3,4,1, \n"])
def test_separators_at_the_ends_of_all_lines_are_no_labels(tmp_path, text):
    with pytest.raises(ValueError, match="the last column is empty on every line; take"):
        data.load(table(tmp_path, text))


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Id", "index"])
def test_a_column_that_numbers_the_lines_is_no_input(tmp_path, name):
    """As pandas writes it without being asked; the labels are often sorted."""
    rows = "7,2.5,0\n8,4.5,0\n9,6.5,1\n"
    with pytest.raises(ValueError, match=f"{name or 'a column without a name'} numbers the lines"):
        data.load(table(tmp_path, f"{name},a,y\n{rows}"))
    assert data.load(table(tmp_path, f"age,a,y\n{rows}")).inputs == 2


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("0,1,2", "01010"),
        ("1,2,3", "01010"),
        ("0,1,digit", "01010"),
        ("2024,2025,sold", "01010"),
        ("0,1,species", "ababa"),
        ("2024,2025,species", "aabcbc"),
    ],
)
def test_numbers_of_columns_are_not_taken_for_an_example(tmp_path, header, labels):
    rows = [f"{k}.5,-{k},{label}" for k, label in enumerate(labels)]
    message = f"the first line, {header.replace(',', ', ')}, may be of the columns or an example"
    with pytest.raises(ValueError, match=message):
        data.load(table(tmp_path, "\n".join([header, *rows])))


@pytest.mark.parametrize("header", ["0,1,label", "2024,2025,Target"])
def test_columns_may_be_called_by_numbers_beside_one_that_is_called_label(tmp_path, header):
    made = data.load(table(tmp_path, f"{header}\n1.5,2.5,0\n3.5,4.5,1\n"))
    assert made.X.tolist() == [[1.5, 3.5], [2.5, 4.5]]
    assert made.classes is None


@pytest.mark.parametrize(
    "text",
    [
        "0,1\n1,0\n",
        "1,2,cat\n3,4,dog\n5,6,eel\n",
        "1,2,cat\n3,4,dog\n5,6,cat\n",
        "1,2,0\n1,3,1\n",
        "1,2,cat\n",
    ],
)
def test_a_first_line_like_the_others_is_an_example(tmp_path, text):
    assert data.load(table(tmp_path, text)).examples == text.count("\n")


def test_names_of_classes_that_are_not_utf_8_are_not_mixed_up(tmp_path):
    file = table(tmp_path, "")
    file.write_bytes("x,art\n1,Äpfel\n2,Öpfel\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"mine\.csv is not text in UTF-8 \(byte 8\)"):
        data.load(file)


def test_lines_without_anything_are_no_examples(tmp_path):
    made = data.load(table(tmp_path, "\n \na,b,y\n1,2,0\n,,\n3,4,1\n  \n"))
    assert made.X.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b;y\n1,5;2;0\n", "line 2, column a: '1,5' is not a number; decimals .* as in 1.5"),
        ("1,5;2,5;0\n", "line 1, column 1: '1,5' is not a number; decimals"),
        ('a,y\n"1,000",0\n', "line 2, column a: '1,000' is not a number$"),
        ("", "mine.csv is empty"),
        ("a,b\n", "has a header and no examples"),
        ("1\n2\n", "has one column"),
        ("a,y\n1,0\nx,1\n", "line 3, column a: 'x' is not a number"),
        ("a,y\n1,0\n,1\n", "line 3, column a: an empty field is not a number"),
        ("a,b,y\n1,2,0\n1,0\n", "line 3: 2 columns, expected 3"),
    ],
)
def test_tables_that_make_no_sense_are_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        data.load(table(tmp_path, text))


@pytest.mark.parametrize("above", ["# label,a,b\n", "# made by me, in 2024\n\n#label, a, b\n"])
def test_a_header_that_savetxt_writes_names_the_columns(tmp_path, above):
    found = data.load(table(tmp_path, f"{above}1,0.5,0\n0,0.25,1\n"))
    np.testing.assert_array_equal(found.Y, [[1, 0]])
    np.testing.assert_array_equal(found.X, [[0.5, 0.25], [0, 1]])


def test_comments_above_a_table_are_passed_over(tmp_path):
    found = data.load(table(tmp_path, "# made by me\na,b,label\n1,0.5,0\n0,0.25,1\n"))
    np.testing.assert_array_equal(found.Y, [[0, 1]])


def test_errors_below_comments_name_the_line_of_the_file(tmp_path):
    file = table(tmp_path, "# made by me\na,b,label\n1,oops,0\n0,0.25,1\n")
    with pytest.raises(ValueError, match="line 3, column b: 'oops' is not a number"):
        data.load(file)
